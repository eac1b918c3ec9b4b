// What the proxy's own HTTP client and as many connections can post with nothing else to do: delivery's limit.

#include "ipe/base/clock.h"
#include "onem2m/client/cse_client.h"
#include "onem2m/http/http_binding.h"

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace isthmus;
using namespace isthmus::onem2m;

namespace {

struct Arguments {
  std::string url;
  unsigned connections = 16, seconds = 5, targets = 1000;
};

bool number(const char* text, unsigned& out) {
  const auto* end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, out);
  return error == std::errc{} && stopped == end && out > 0 && out <= 100'000;
}

bool parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view word = argv[i];
    const bool good = word == "--url"           ? !(arguments.url = argv[i + 1]).empty()
                      : word == "--connections" ? number(argv[i + 1], arguments.connections)
                      : word == "--seconds"     ? number(argv[i + 1], arguments.seconds)
                      : word == "--targets"     ? number(argv[i + 1], arguments.targets)
                                                : false;
    if (!good) return false;
  }
  return argc % 2 == 1 && arguments.url.starts_with("http://127.");
}

struct Shared {
  CseSettings settings;
  CseProfile profile;
  SystemClock clock;
  Instant end{};
  std::atomic<std::uint64_t> next = 0, done = 0, failed = 0;
  unsigned targets = 0;
};

void post(Shared& shared, Binding& binding) {
  CseClient client(binding.connect(), shared.settings, shared.profile, shared.clock);
  std::uint64_t done = 0, failed = 0;
  while (shared.clock.now() < shared.end) {
    const auto n = shared.next++;
    char name[48];
    std::snprintf(name, sizeof name, "1763812345678-%012llu-beef", static_cast<unsigned long long>(n));
    const InstanceRequest request{
        "load-" + std::to_string(n % shared.targets), "3303/0/5700", name, std::to_string(n), "text/plain:0", {}};
    ++(client.post(request).outcome == Outcome::done ? done : failed);
  }
  shared.done += done;
  shared.failed += failed;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::fputs("post_limit --url http://127.0.0.1:PORT [--connections 16] [--seconds 5] [--targets 1000]\n", stderr);
    return 64;
  }
  HttpOptions options;
  options.url = arguments.url;
  const auto binding = HttpBinding::make(options);
  if (!binding) {
    std::fprintf(stderr, "post_limit: %s\n", binding.error().text().c_str());
    return 78;
  }
  Shared shared;
  shared.targets = arguments.targets;
  std::vector<std::thread> threads;
  const auto start = shared.clock.now();
  shared.end = start + seconds(arguments.seconds);
  for (unsigned i = 0; i < arguments.connections; ++i) threads.emplace_back([&] { post(shared, **binding); });
  for (auto& thread : threads) thread.join();
  const auto took = std::chrono::duration<double>(shared.clock.now() - start).count();
  std::printf("{\"connections\":%u,\"posted\":%llu,\"failed\":%llu,\"seconds\":%.3f,\"rate\":%.1f}\n",
              arguments.connections, static_cast<unsigned long long>(shared.done),
              static_cast<unsigned long long>(shared.failed), took, static_cast<double>(shared.done) / took);
  return shared.failed == 0 ? 0 : 70;
}
