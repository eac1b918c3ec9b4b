#pragma once

#include "mapping/engine/converter.h"
#include "mapping/engine/engine.h"
#include "mapping/rules/content_template.h"
#include "mapping/rules/name_template.h"
#include "onem2m/model/specialization.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isthmus::mapping {

struct CompiledTarget {
  const Target* target = nullptr;
  std::vector<NameSegment> name;
  bool namesResource = false, namesResourceInstance = false;
  const onem2m::Specialization* kind = nullptr;  // of a flexContainer or mgmtObj; null: nobody knows the class
  std::string detail;                            // TargetDetail as text
  ContentTemplate contentTemplate = {};
};

// A rule, ready for use. `rule` must outlive it.
struct CompiledRule {
  CompiledRule(const Rule& given, std::uint32_t position, const std::vector<CompiledTarget>& compiled);

  const Rule* rule;
  std::uint64_t rank;  // the higher wins: endpoint, resource, instance, object, then position in the set
  Converter converter;
  const std::vector<CompiledTarget>& targets;  // shared by all rules with the same ones
  bool asksDevice;                             // more than its path and its exact endpoint has to be looked at
};

// Finds the rule that wins. Rules are grouped by which ids they name and by the ids, then by the endpoint where it is
// exact, so that finding one costs a few hash lookups whatever the number of rules; only rules that compete for the
// same ids with endpoint patterns or device properties are tried in turn, the strongest first.
class RuleIndex {
 public:
  explicit RuleIndex(const std::vector<Rule>& rules);  // must outlive the index

  const CompiledRule* find(const DeviceFacts& device, const lwm2m::Path& path) const;
  // The strongest of the rules that name no resource, for an instance of an object.
  const CompiledRule* findForInstance(const DeviceFacts& device, const lwm2m::Path& instance) const;
  // Calls `visit` for each rule that fits the device and the instance and names a resource, in no order.
  void eachWithResource(const DeviceFacts& device, const lwm2m::Path& instance,
                        const std::function<void(const CompiledRule&)>& visit) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return hash64(text); }
  };
  using Strongest = std::vector<std::uint32_t>;  // numbers of rules, strongest first
  struct Slot {
    Strongest open;  // any endpoint, or a pattern
    std::unordered_map<std::string, Strongest, TextHash, std::equal_to<>> exact;
  };
  struct Shape {
    std::uint64_t unnamed;  // the bits of a packed path that its rules do not name
    bool namesResource;
  };

  struct TargetsHash {
    std::size_t operator()(const std::vector<Target>& targets) const;
  };

  void add(Slot& slot, std::uint32_t number);
  const CompiledRule* strongest(const Slot& slot, const DeviceFacts& device, const lwm2m::Path& path) const;
  const CompiledRule* search(const DeviceFacts& device, const lwm2m::Path& path, bool withResource) const;

  // Thousands of rules for single devices have few targets between them: shared, they stay in the processor's cache.
  std::unordered_map<std::vector<Target>, std::vector<CompiledTarget>, TargetsHash> targets_;
  std::vector<CompiledRule> rules_;
  std::vector<Shape> shapes_;
  std::unordered_map<std::uint64_t, Slot> slots_;     // by packed path, what is not named as 65535
  std::unordered_map<std::uint32_t, Slot> byObject_;  // rules that name a resource; kAnyObject: no object
};

}  // namespace isthmus::mapping
