#include "ipe/app/signals.h"

#include <csignal>
#include <ctime>

namespace isthmus::app {
namespace {

sigset_t endingSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Signals::Signals(Hangup hangup) {
  sigset_t set = endingSignals();
  if (hangup == Hangup::reloads) sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is to the database what a full disk is
}

bool Signals::wait(std::optional<milliseconds> patience) const {
  const sigset_t set = endingSignals();
  int taken = 0;
  if (!patience) return sigwait(&set, &taken) == 0;
  timespec time{};
  time.tv_sec = patience->count() / 1000;
  time.tv_nsec = patience->count() % 1000 * 1'000'000;
  return sigtimedwait(&set, nullptr, &time) > 0;
}

void Signals::waitAndReload(const std::function<void()>& reload) const {
  sigset_t set = endingSignals();
  sigaddset(&set, SIGHUP);
  int taken = 0;
  while (sigwait(&set, &taken) == 0 && taken == SIGHUP) reload();
}

}  // namespace isthmus::app
