#include "onem2m/model/status.h"

#include <algorithm>
#include <array>

namespace isthmus::onem2m {
namespace {

struct Row {
  int status;
  int http;
  std::string_view name;
};

// TS-0004 6.6.3 and TS-0009 6.3.2, in the order of the code.
constexpr auto kRows = std::to_array<Row>({
    {1000, 202, "ACCEPTED"},
    {1001, 202, "ACCEPTED_FOR_NON_BLOCKING_SYNCH"},
    {1002, 202, "ACCEPTED_FOR_NON_BLOCKING_ASYNCH"},
    {2000, 200, "OK"},
    {2001, 201, "CREATED"},
    {2002, 200, "DELETED"},
    {2004, 200, "UPDATED"},
    {4000, 400, "BAD_REQUEST"},
    {4001, 501, "RELEASE_VERSION_NOT_SUPPORTED"},
    {4004, 404, "NOT_FOUND"},
    {4005, 405, "OPERATION_NOT_ALLOWED"},
    {4008, 504, "REQUEST_TIMEOUT"},
    {4015, 415, "UNSUPPORTED_MEDIA_TYPE"},
    {4101, 403, "SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE"},
    {4102, 400, "CONTENTS_UNACCEPTABLE"},
    {4103, 403, "ORIGINATOR_HAS_NO_PRIVILEGE"},
    {4104, 409, "GROUP_REQUEST_IDENTIFIER_EXISTS"},
    {4105, 409, "CONFLICT"},
    {4106, 403, "ORIGINATOR_HAS_NOT_REGISTERED"},
    {4107, 403, "SECURITY_ASSOCIATION_REQUIRED"},
    {4108, 403, "INVALID_CHILD_RESOURCE_TYPE"},
    {4109, 403, "NO_MEMBERS"},
    {4110, 400, "GROUP_MEMBER_TYPE_INCONSISTENT"},
    {4117, 403, "ORIGINATOR_HAS_ALREADY_REGISTERED"},
    {4124, 409, "BLOCKING_SUBSCRIPTION_ALREADY_EXISTS"},
    {4125, 501, "SPECIALIZATION_SCHEMA_NOT_FOUND"},
    {4126, 403, "APP_RULE_VALIDATION_FAILED"},
    {4127, 403, "OPERATION_DENIED_BY_REMOTE_ENTITY"},
    {5000, 500, "INTERNAL_SERVER_ERROR"},
    {5001, 501, "NOT_IMPLEMENTED"},
    {5103, 404, "TARGET_NOT_REACHABLE"},
    {5105, 403, "RECEIVER_HAS_NO_PRIVILEGE"},
    {5106, 409, "ALREADY_EXISTS"},
    {5107, 404, "REMOTE_ENTITY_NOT_REACHABLE"},
    {5203, 403, "TARGET_NOT_SUBSCRIBABLE"},
    {5204, 500, "SUBSCRIPTION_VERIFICATION_INITIATION_FAILED"},
    {5205, 403, "SUBSCRIPTION_HOST_HAS_NO_PRIVILEGE"},
    {5206, 501, "NON_BLOCKING_SYNCH_REQUEST_NOT_SUPPORTED"},
    {5207, 406, "NOT_ACCEPTABLE"},
});
static_assert(std::ranges::is_sorted(kRows, {}, &Row::status));

const Row* rowOf(int status) {
  const auto* row = std::ranges::lower_bound(kRows, status, {}, &Row::status);
  return row != kRows.end() && row->status == status ? row : nullptr;
}

int successOf(Operation operation) {
  switch (operation) {
    case Operation::create: return rsc::kCreated;
    case Operation::update: return rsc::kUpdated;
    case Operation::remove: return rsc::kDeleted;
    case Operation::retrieve:
    case Operation::notify: break;
  }
  return rsc::kOk;
}

}  // namespace

int httpStatusOf(int responseStatus) {
  const Row* row = rowOf(responseStatus);
  return row != nullptr ? row->http : 500;
}

int statusOfHttp(int httpStatus, Operation operation) {
  switch (httpStatus) {
    case 200:
    case 204: return operation == Operation::create ? httpStatus : successOf(operation);
    case 201: return operation == Operation::create ? rsc::kCreated : httpStatus;
    case 403: return rsc::kOriginatorHasNoPrivilege;
    case 404: return rsc::kNotFound;
    case 409: return rsc::kConflict;
    case 500: return rsc::kInternalServerError;
    default: return httpStatus;
  }
}

std::string_view statusName(int responseStatus) {
  const Row* row = rowOf(responseStatus);
  return row != nullptr ? row->name : std::string_view();
}

}  // namespace isthmus::onem2m
