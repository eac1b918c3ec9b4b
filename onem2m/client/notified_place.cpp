#include "onem2m/client/notified_place.h"

namespace isthmus::onem2m {
namespace {

constexpr std::string_view kLabel = "Isthmus-Place:";

// True if it stood in front, with a slash behind it.
bool take(std::string_view& address, std::string_view segment) {
  if (!address.starts_with(segment) || address.size() <= segment.size() || address[segment.size()] != '/') return false;
  address.remove_prefix(segment.size() + 1);
  return true;
}

std::optional<NotifiedPlace> placeOf(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size()) return std::nullopt;
  return NotifiedPlace{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

}  // namespace

std::string placeLabel(const NotifiedPlace& place) {
  return std::string(kLabel).append(place.device).append("/").append(place.path);
}

std::optional<NotifiedPlace> placeInLabels(const std::vector<std::string>& labels) {
  for (const std::string_view label : labels)
    if (label.starts_with(kLabel)) return placeOf(label.substr(kLabel.size()));
  return std::nullopt;
}

std::optional<NotifiedPlace> placeInAddress(const CseSettings& settings, std::string_view address) {
  take(address, settings.cseId);
  if (!take(address, settings.base)) return std::nullopt;
  if (settings.layout == Layout::singleAe && !take(address, settings.name)) return std::nullopt;
  const std::size_t last = address.rfind('/');
  return last == std::string_view::npos ? std::nullopt : placeOf(address.substr(0, last));
}

}  // namespace isthmus::onem2m
