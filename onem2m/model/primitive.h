#pragma once

#include "ipe/base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::onem2m {

// TS-0004 6.3.4.2.5
enum class Operation : std::uint8_t { create = 1, retrieve = 2, update = 3, remove = 4, notify = 5 };

// TS-0004 6.3.4.2.1
enum class ResourceType : std::uint16_t {
  accessControlPolicy = 1,
  ae = 2,
  container = 3,
  contentInstance = 4,
  cseBase = 5,
  group = 9,
  mgmtObj = 13,
  node = 14,
  pollingChannel = 15,
  subscription = 23,
  flexContainer = 28,
  timeSeries = 29,
  timeSeriesInstance = 30,
};

// responseStatusCode, TS-0004 6.6
namespace rsc {
inline constexpr int kOk = 2000, kCreated = 2001, kDeleted = 2002, kUpdated = 2004;
inline constexpr int kBadRequest = 4000, kReleaseVersionNotSupported = 4001, kNotFound = 4004,
                     kOperationNotAllowed = 4005, kRequestTimeout = 4008, kUnsupportedMediaType = 4015,
                     kSubscriptionCreatorHasNoPrivilege = 4101, kContentsUnacceptable = 4102,
                     kOriginatorHasNoPrivilege = 4103, kConflict = 4105, kAppRuleValidationFailed = 4126,
                     kOriginatorHasNotRegistered = 4106, kSecurityAssociationRequired = 4107,
                     kInvalidChildResourceType = 4108, kOriginatorHasAlreadyRegistered = 4117,
                     kOperationDeniedByRemoteEntity = 4127;
inline constexpr int kInternalServerError = 5000, kNotImplemented = 5001, kTargetNotReachable = 5103,
                     kRemoteEntityNotReachable = 5107, kSubscriptionVerificationInitiationFailed = 5204,
                     kTargetNotSubscribable = 5203, kNotAcceptable = 5207;
}  // namespace rsc

// A oneM2M request, whatever carries it. `content` is JSON text in the serialisation of TS-0004 8.4.
struct RequestPrimitive {
  Operation operation = Operation::retrieve;
  std::string to;    // CSE-relative ("cse-in/isthmus") or SP-relative ("/id-in/...")
  std::string from;  // originator
  std::string requestId;
  std::string releaseVersion;                              // "3"
  std::optional<ResourceType> type;                        // of a CREATE
  std::vector<std::pair<std::string, std::string>> query;  // rcn, fu, lbl ...: names as in TS-0009 6.2.2.2
  std::string content;
  std::string expiration = {};  // rqet as it was written: an absolute timestamp, or milliseconds from now; "" for none
};

struct ResponsePrimitive {
  int status = 0;  // responseStatusCode; taken from the HTTP status where the CSE sends none
  std::string requestId;
  std::string content;
};

}  // namespace isthmus::onem2m
