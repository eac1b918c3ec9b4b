#pragma once

#include "onem2m/client/cse_settings.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m {

// The resource of ours that a subscription stands on.
struct NotifiedPlace {
  std::string device;  // resource name
  std::string path;    // below the device's place: "cmd", "3311/0/5850"
  bool operator==(const NotifiedPlace&) const = default;
};

// A subscription of ours says in a label where it stands, since some CSEs (ACME) name it by its id only.
std::string placeLabel(const NotifiedPlace& place);
std::optional<NotifiedPlace> placeInLabels(const std::vector<std::string>& labels);

// Of a subscription's structured address (tinyIoT, Mobius): "cse-in/bar-1/cmd/isthmus", also after the CSE-ID. Nothing
// for an id, and for what is no device's.
std::optional<NotifiedPlace> placeInAddress(const CseSettings& settings, std::string_view address);

}  // namespace isthmus::onem2m
