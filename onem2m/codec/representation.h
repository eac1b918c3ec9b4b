#pragma once

#include "onem2m/model/resources.h"

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m {

// Resource representations in JSON (TS-0004 8.4), as the content of a CREATE or an UPDATE: short names, a root with its
// prefix, lists always as arrays. What is empty is left out.
std::string toJson(const AeResource& ae);
std::string toJson(const PolicyResource& policy);
std::string toJson(const NodeResource& node);
std::string toJson(const ContainerResource& container);
std::string toJson(const ContentInstance& instance);
std::string toJson(const SubscriptionResource& subscription);
std::string toJson(const TimeSeriesResource& series);
std::string toJson(const SpecializedResource& resource);
// `acpi` alone, as it has to be updated, of a resource with this root.
std::string policiesJson(std::string_view root, const std::vector<std::string>& policies);

// The same into a buffer that is used again: no allocation once it has grown.
void writeJson(std::string& out, const ContentInstance& instance);
void writeJson(std::string& out, const TimeSeriesInstance& instance);

}  // namespace isthmus::onem2m
