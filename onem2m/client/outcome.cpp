#include "onem2m/client/outcome.h"

#include "onem2m/codec/answer.h"
#include "onem2m/model/status.h"

namespace isthmus::onem2m {
namespace {

// Below 1000 stands an HTTP status that came without a responseStatusCode: a proxy, a gateway or something that is no
// CSE at all. Such an answer says nothing about the row, so the row is kept, except where its size is what offends.
Outcome outcomeOfHttp(int status) {
  switch (status) {
    case 401:
    case 407: return Outcome::notAllowed;
    case 413:
    case 414: return Outcome::rejected;
    default: return Outcome::busy;
  }
}

std::string statusText(int status) {
  if (status < 1000) return "HTTP " + std::to_string(status) + " without X-M2M-RSC";
  std::string text = std::to_string(status);
  if (const std::string_view name = statusName(status); !name.empty()) text.append(" ").append(name);
  return text;
}

Outcome outcomeOfError(Errc code) {
  switch (code) {
    case Errc::timeout:
    case Errc::io:
    case Errc::malformed: return Outcome::inDoubt;     // it was sent, and nothing usable came back
    case Errc::unsupported: return Outcome::rejected;  // the serialisation cannot say it, now or later
    default: return Outcome::unavailable;
  }
}

}  // namespace

Outcome outcomeOf(int status) {
  if (status < 1000) return outcomeOfHttp(status);
  if (status < 3000) return Outcome::done;
  switch (status) {
    case rsc::kNotFound: return Outcome::noParent;
    case rsc::kConflict:
    case 5106: return Outcome::alreadyThere;
    case rsc::kOriginatorHasNoPrivilege:
    case rsc::kOriginatorHasNotRegistered:
    case rsc::kSecurityAssociationRequired:
    case 5105: return Outcome::notAllowed;
    // About the configuration or the CSE's state, not about this request.
    case rsc::kReleaseVersionNotSupported:
    case rsc::kUnsupportedMediaType:
    case rsc::kRequestTimeout:
    case 4230:  // Mobius: locked
    case rsc::kInternalServerError:
    case rsc::kTargetNotReachable:
    case 5107:
    case rsc::kSubscriptionVerificationInitiationFailed: return Outcome::busy;
    default: return Outcome::rejected;
  }
}

Attempt attemptOf(const Result<ResponsePrimitive>& answer) {
  if (!answer) return {outcomeOfError(answer.error().code), 0, answer.error().text()};
  Attempt attempt{outcomeOf(answer->status), answer->status, {}};
  if (attempt.outcome == Outcome::done) return attempt;
  attempt.reason = statusText(answer->status);
  if (const std::string said = diagnostics(answer->content); !said.empty()) attempt.reason.append(": ").append(said);
  if (answer->status == rsc::kReleaseVersionNotSupported) {
    attempt.reason += "; the CSE does not take the release that onem2m.release names";
  }
  if (answer->status == 401)
    attempt.reason += "; it wants another login: onem2m.auth takes a token, or user and password";
  return attempt;
}

}  // namespace isthmus::onem2m
