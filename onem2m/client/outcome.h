#pragma once

#include "ipe/base/result.h"
#include "onem2m/model/primitive.h"

#include <string>

namespace isthmus::onem2m {

// How one request to the CSE ended, as far as delivery cares.
enum class Outcome {
  done,          // created now
  alreadyThere,  // 4105 on a name of ours: an earlier attempt arrived
  noParent,      // 4004: something above it is missing
  notAllowed,    // 4103, 4107: perhaps the AE or an ACP is missing
  rejected,      // the CSE will never take this one (4000, 4102, 5207 ...)
  inDoubt,       // sent, no answer
  unavailable,   // not sent: no connection
  busy,          // 5xx, 429: later
};

struct Attempt {
  Outcome outcome = Outcome::done;
  int status = 0;      // responseStatusCode, 0 if none came
  std::string reason;  // for people
  // Set by who sends several values as one: a newer one took this one's place before it went out.
  bool superseded = false;
  // Attributes were set: done twice, they stand there once all the same.
  bool repeatable = false;
};

// The one table from what a CSE answered to what delivery does about it.
Outcome outcomeOf(int status);

// The same for a whole exchange, with the reason for people: the status by name and what the CSE said about it.
Attempt attemptOf(const Result<ResponsePrimitive>& answer);

}  // namespace isthmus::onem2m
