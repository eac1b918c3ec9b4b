#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus {

// What went wrong, coarse enough to be acted on. Maps to a CoAP code in lwm2m/server and to a
// responseStatusCode in onem2m/model, in one table each.
enum class Errc : std::uint8_t {
  malformed,    // bytes or text that break their format
  unsupported,  // well formed, but nothing here handles it
  notFound,
  conflict,
  refused,      // the peer said no
  unavailable,  // the peer, disk or queue cannot take it now; trying again later is right
  timeout,
  tooLarge,
  io,
  configuration,
  internal,
  expired,  // its time was over before it was begun: nothing was done
};

std::string_view name(Errc code);
std::optional<Errc> errcNamed(std::string_view wanted);  // nothing: no code has that name

// `where` says which part: an object path, a byte offset, a JSON pointer, a file and line. May be empty.
struct Error {
  Errc code = Errc::internal;
  std::string message;
  std::string where;

  // "message (where)"
  std::string text() const;
  bool operator==(const Error&) const = default;
};

// Everything that a peer, a disk or a network can cause is a value of this type; exceptions are for broken
// invariants and for start-up.
template <class T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Errc code, std::string message, std::string where = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(where)});
}

}  // namespace isthmus
