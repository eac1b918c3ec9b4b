#include "ipe/proxy/held_update.h"

#include "onem2m/model/primitive.h"

#include <array>
#include <utility>

namespace isthmus::proxy {
namespace {

namespace rsc = onem2m::rsc;

constexpr std::array<std::pair<std::string_view, int>, 8> kRefusals = {{
    {"4.00", rsc::kBadRequest},
    {"4.01", rsc::kOriginatorHasNoPrivilege},
    {"4.02", rsc::kBadRequest},
    {"4.03", rsc::kOriginatorHasNoPrivilege},
    {"4.04", rsc::kNotFound},
    {"4.05", rsc::kOperationNotAllowed},
    {"4.06", rsc::kNotAcceptable},
    {"4.15", rsc::kUnsupportedMediaType},
}};

}  // namespace

lwm2m::DeviceOperation operationOf(const mapping::DeviceChange& change) {
  lwm2m::DeviceOperation operation;
  operation.paths = {change.path};
  if (change.kind == mapping::DeviceChange::Kind::execute) {
    operation.kind = lwm2m::OperationKind::execute;
  } else {
    operation.kind = lwm2m::OperationKind::write;
    operation.records.push_back({change.path, change.value, {}});
  }
  return operation;
}

int statusOf(const CommandStatus& ended) {
  if (ended.state == CommandState::succeeded) return rsc::kOk;
  if (ended.code.empty()) return rsc::kTargetNotReachable;  // no answer, or not sent
  for (const auto& [code, status] : kRefusals)
    if (ended.code == code) return status;
  return rsc::kInternalServerError;
}

}  // namespace isthmus::proxy
