#pragma once

#include "onem2m/client/binding.h"

#include <catch2/catch.hpp>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace isthmus::onem2m::testing {

// One request that is expected, in words, and what is answered to it.
struct Step {
  std::string request;  // "CREATE ae cse-in CIsthmus"
  Result<ResponsePrimitive> answer;
};

inline Result<ResponsePrimitive> says(int status, std::string content = {}) {
  return ResponsePrimitive{status, {}, std::move(content)};
}

// A CSE that follows a script and keeps what it was asked.
class Script {
 public:
  explicit Script(std::vector<Step> steps) : steps_(steps.begin(), steps.end()) {}

  Result<ResponsePrimitive> next(const RequestPrimitive& request) {
    requests.push_back(request);
    const std::string asked = describe(request);
    if (steps_.empty()) {
      FAIL_CHECK("not expected: " << asked);
      return fail(Errc::unavailable, "the script is over");
    }
    Step step = std::move(steps_.front());
    steps_.pop_front();
    CHECK(asked == step.request);
    return std::move(step.answer);
  }

  bool isOver() const { return steps_.empty(); }

  std::vector<RequestPrimitive> requests;

 private:
  static std::string describe(const RequestPrimitive& request) {
    const auto type = [&]() -> std::string {
      if (!request.type) return "";
      switch (*request.type) {
        case ResourceType::accessControlPolicy: return " acp";
        case ResourceType::ae: return " ae";
        case ResourceType::container: return " cnt";
        case ResourceType::contentInstance: return " cin";
        case ResourceType::node: return " nod";
        case ResourceType::subscription: return " sub";
        default: return " other";
      }
    };
    const char* const verbs[] = {"", "CREATE", "RETRIEVE", "UPDATE", "DELETE", "NOTIFY"};
    return verbs[static_cast<int>(request.operation)] + type() + " " + request.to + " " + request.from;
  }

  std::deque<Step> steps_;
};

class ScriptedConnection final : public Connection {
 public:
  explicit ScriptedConnection(Script& script) : script_(script) {}
  Result<ResponsePrimitive> exchange(const RequestPrimitive& request, milliseconds) override {
    return script_.next(request);
  }

 private:
  Script& script_;
};

}  // namespace isthmus::onem2m::testing
