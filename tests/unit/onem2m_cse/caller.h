#pragma once

#include "onem2m/cse/content.h"
#include "onem2m/cse/cse.h"
#include "tests/support/fake_clock.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isthmus::onem2m::testing {

using Query = std::vector<std::pair<std::string, std::string>>;

inline constexpr auto kAcp = ResourceType::accessControlPolicy;
inline constexpr auto kAe = ResourceType::ae;
inline constexpr auto kCnt = ResourceType::container;
inline constexpr auto kCin = ResourceType::contentInstance;
inline constexpr auto kSub = ResourceType::subscription;
inline constexpr auto kNod = ResourceType::node;
inline constexpr auto kFcnt = ResourceType::flexContainer;

// A CSE and short ways to ask it.
class Caller {
 public:
  explicit Caller(CseOptions options = {}) : cse(clock, std::move(options)) {}

  ResponsePrimitive ask(Operation operation, const std::string& from, const std::string& to, Query query = {},
                        std::string content = {}, std::optional<ResourceType> type = std::nullopt) {
    return cse.handle({operation, to, from, "r1", "3", type, std::move(query), std::move(content)});
  }
  ResponsePrimitive create(const std::string& from, const std::string& to, ResourceType type, std::string content,
                           Query query = {}) {
    return ask(Operation::create, from, to, std::move(query), std::move(content), type);
  }
  ResponsePrimitive get(const std::string& from, const std::string& to, Query query = {}) {
    return ask(Operation::retrieve, from, to, std::move(query));
  }
  ResponsePrimitive update(const std::string& from, const std::string& to, std::string content, Query query = {}) {
    return ask(Operation::update, from, to, std::move(query), std::move(content));
  }
  ResponsePrimitive remove(const std::string& from, const std::string& to, Query query = {}) {
    return ask(Operation::remove, from, to, std::move(query));
  }

  // JSON text of one attribute of what CAdmin sees there; "" if there is none.
  std::string attribute(const std::string& to, std::string_view name) {
    return valueIn(get("CAdmin", to).content, name);
  }

  static std::string valueIn(const std::string& content, std::string_view name) {
    const auto parsed = cse::parseContent(content);
    const cse::Attribute* const found = parsed ? cse::lookup(parsed->attributes, name) : nullptr;
    return found == nullptr ? std::string() : found->json;
  }

  // The steps of a proxy: its AE with a `readers` policy, a device's AE, and a container below it.
  void makeTree() {
    create("CIsthmus", "cse-in", kAe,
           R"({"m2m:ae":{"rn":"isthmus","api":"Nisthmus","rr":true,"srv":["3"],"poa":["http://127.0.0.1:9"]}})");
    create("CIsthmus", "cse-in/isthmus", kAcp,
           R"({"m2m:acp":{"rn":"readers","pv":{"acr":[{"acor":["CIsthmus"],"acop":63},{"acor":["all"],"acop":34}]},)"
           R"("pvs":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})");
    create("CIsthmus", "cse-in/isthmus", kAcp,
           R"({"m2m:acp":{"rn":"operators","pv":{"acr":[{"acor":["CIsthmus"],"acop":63},{"acor":["Capp"],"acop":35}]},)"
           R"("pvs":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})");
    create(
        "Cbar-1", "cse-in", kAe,
        R"({"m2m:ae":{"rn":"bar-1","api":"Nisthmus","rr":true,"srv":["3"],"acpi":["cse-in/isthmus/readers"],"lbl":["bar"]}})");
    create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"c","acpi":["cse-in/isthmus/readers"]}})");
  }

  ::isthmus::testing::FakeClock clock;
  Cse cse;
};

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace isthmus::onem2m::testing
