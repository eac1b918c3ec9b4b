#include "onem2m/http/addresses.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>

#include <algorithm>

namespace isthmus::onem2m {
namespace {

constexpr std::chrono::seconds kFresh{60};

}  // namespace

Result<std::vector<Poco::Net::SocketAddress>> Addresses::get() {
  const std::lock_guard lock(mutex_);
  if (known_.empty() || std::chrono::steady_clock::now() - resolved_ > kFresh) {
    if (auto resolved = resolve(); !resolved && known_.empty()) return tl::unexpected(resolved.error());
  }
  return known_;
}

Result<> Addresses::resolve() {
  try {
    std::vector<Poco::Net::SocketAddress> found;
    Poco::Net::IPAddress literal;
    if (Poco::Net::IPAddress::tryParse(host_, literal)) {
      found.emplace_back(literal, port_);
    } else {
      const Poco::Net::HostEntry entry = Poco::Net::DNS::hostByName(host_);
      for (const auto& address : entry.addresses()) {
        const Poco::Net::SocketAddress candidate(address, port_);
        if (std::ranges::find(found, candidate) == found.end()) found.push_back(candidate);
      }
    }
    if (found.empty()) return fail(Errc::unavailable, "no address", host_);
    // A refresh keeps what worked in front.
    const auto preferred = known_.empty() ? found.end() : std::ranges::find(found, known_.front());
    if (preferred != found.end()) std::rotate(found.begin(), preferred, preferred + 1);
    known_ = std::move(found);
    resolved_ = std::chrono::steady_clock::now();
    return {};
  } catch (const Poco::Exception& e) {
    return fail(Errc::unavailable, "the CSE's address cannot be found: " + e.displayText(), host_);
  }
}

void Addresses::prefer(const Poco::Net::SocketAddress& address) {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find(known_, address);
  if (at != known_.end()) std::rotate(known_.begin(), at, at + 1);
}

void Addresses::forget() {
  const std::lock_guard lock(mutex_);
  known_.clear();
}

}  // namespace isthmus::onem2m
