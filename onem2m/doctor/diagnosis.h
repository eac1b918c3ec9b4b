#pragma once

#include "ipe/base/clock.h"

#include <optional>
#include <string>
#include <vector>

namespace isthmus::onem2m {

enum class Verdict {
  ok,
  note,     // good to know; Isthmus gets along with it
  problem,  // something of Isthmus will not work until it is mended
  unknown,  // could not be found out
};

struct Finding {
  std::string what;  // "contentInstance"
  Verdict verdict = Verdict::ok;
  std::string found;   // what was seen
  std::string advice;  // what to do, "" for nothing
};

// What the program can be told of a CSE; without a value: not found out.
struct CseFacts {
  std::optional<bool> refusesAcpi, refusesNode, refusesMgmtObj, refusesFlexContainer, refusesTimeSeries;
  std::optional<bool> refusesPollingChannel, refusesBlockingUpdate;
  std::vector<std::string> releases;  // that it answers to
  std::optional<milliseconds> clockAhead;
};

struct Diagnosis {
  bool reachable = false;
  std::vector<Finding> findings;
  CseFacts facts;
};

}  // namespace isthmus::onem2m
