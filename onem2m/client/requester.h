#pragma once

#include "onem2m/client/binding.h"
#include "onem2m/client/cse_settings.h"

#include <memory>
#include <optional>
#include <string>

namespace isthmus::onem2m {

// Requests over one connection, each with an identifier of its own and the configured release. Used by one thread.
class Requester {
 public:
  // `settings` must outlive the requester. `clock` is asked once, for the identifiers.
  Requester(std::unique_ptr<Connection> connection, const CseSettings& settings, const Clock& clock);

  // Fills in what every request has, and sends it once.
  Result<ResponsePrimitive> send(RequestPrimitive& request);

  // For what can be repeated without harm (names are ours: a second CREATE is answered 4105): where the connection
  // broke before the answer, it asks once more.
  Result<ResponsePrimitive> ask(RequestPrimitive request);
  Result<ResponsePrimitive> retrieve(std::string to, std::string from);
  Result<ResponsePrimitive> update(std::string to, std::string from, std::string content);
  Result<ResponsePrimitive> remove(std::string to, std::string from);
  Result<ResponsePrimitive> create(std::string to, std::string from, ResourceType type, std::string content);

 private:
  std::unique_ptr<Connection> connection_;
  const CseSettings& settings_;
  std::string run_;  // makes identifiers unique among connections and starts
  std::uint64_t count_ = 0;
};

}  // namespace isthmus::onem2m
