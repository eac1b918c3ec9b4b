#include "ipe/base/result.h"

namespace isthmus {

std::string_view name(Errc code) {
  switch (code) {
    case Errc::malformed: return "malformed";
    case Errc::unsupported: return "unsupported";
    case Errc::notFound: return "not found";
    case Errc::conflict: return "conflict";
    case Errc::refused: return "refused";
    case Errc::unavailable: return "unavailable";
    case Errc::timeout: return "timeout";
    case Errc::tooLarge: return "too large";
    case Errc::io: return "input/output";
    case Errc::configuration: return "configuration";
    case Errc::internal: return "internal";
    case Errc::expired: return "expired";
  }
  return "unknown";
}

std::optional<Errc> errcNamed(std::string_view wanted) {
  for (std::uint8_t code = 0; code <= static_cast<std::uint8_t>(Errc::expired); ++code)
    if (name(static_cast<Errc>(code)) == wanted) return static_cast<Errc>(code);
  return std::nullopt;
}

std::string Error::text() const { return where.empty() ? message : message + " (" + where + ")"; }

}  // namespace isthmus
