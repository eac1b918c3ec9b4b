#pragma once

#include "ipe/status/status_source.h"

#include <string>
#include <utility>
#include <vector>

namespace isthmus::status {

// The shapes of /api/v1, as JSON on one line. openapi.json describes them.

std::string toJson(const StatusView& status, const AccountView& account);
std::string toJson(const AccountView& account);
std::string toJson(const std::vector<std::pair<std::string, AccountView>>& accounts, const DeviceQuery& query);
std::string toJson(const DevicePage& page, const DeviceQuery& query);
std::string toJson(const DeviceDetail& detail);
std::string toJson(const std::vector<OutboxRowView>& rows, const std::string& state, std::size_t limit);
std::string toJson(const MappingView& mapping);

}  // namespace isthmus::status
