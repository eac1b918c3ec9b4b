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
  }
  return "unknown";
}

std::string Error::text() const { return where.empty() ? message : message + " (" + where + ")"; }

}  // namespace isthmus
