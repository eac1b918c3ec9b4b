#pragma once

#include "ipe/base/result.h"

#include <Poco/Net/SocketAddress.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace isthmus::onem2m {

// The addresses of one host, asked of the resolver once a minute at most: a CSE that closes after each answer would
// otherwise cost a look-up for each request. Thread-safe.
class Addresses {
 public:
  Addresses(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

  // The one that worked last comes first. Blocks for as long as the resolver does. Error: unavailable.
  Result<std::vector<Poco::Net::SocketAddress>> get();
  void prefer(const Poco::Net::SocketAddress& address);
  // None of them could be connected to: the next call asks again.
  void forget();

 private:
  Result<> resolve();

  const std::string host_;
  const std::uint16_t port_;
  std::mutex mutex_;
  std::vector<Poco::Net::SocketAddress> known_;  // guarded by mutex_
  std::chrono::steady_clock::time_point resolved_;
};

}  // namespace isthmus::onem2m
