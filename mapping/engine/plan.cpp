#include "mapping/engine/plan.h"

#include <map>
#include <set>

namespace isthmus::mapping {
namespace {

using lwm2m::Path;

constexpr std::uint16_t kDeviceObject = 3;
constexpr std::uint16_t kCurrentTime = 13;

// Credentials (0 Security, 21 OSCORE) and the proxy's own account (1 Server) are not for others to see.
bool isPrivate(std::uint16_t object) { return object == 0 || object == 1 || object == 21; }

class Planner {
 public:
  Planner(const RuleIndex& index, bool defaultRule, const DeviceFacts& device)
      : index_(index), defaultRule_(defaultRule), device_(device) {}

  void addObject(std::uint16_t object) {
    const auto* rule = index_.findForInstance(device_, Path(object));
    if (rule != nullptr && rule->rule->match.object && rule->rule->observe.level == ObserveLevel::object)
      observe(Path(object), *rule);
  }

  void addInstance(const Path& instance) {
    std::set<std::uint16_t> resources;
    index_.eachWithResource(device_, instance, [&](const CompiledRule& rule) {
      const auto& match = rule.rule->match;
      // A rule for any object speaks of those that are known to have the resource, and of no private one.
      const bool known = device_.definitions.resource(instance.object(), *match.resource) != nullptr;
      if (match.object || (known && !isPrivate(instance.object()))) resources.insert(*match.resource);
    });
    for (const auto resource : resources) addResource(instance.child(resource));
    addRest(instance, !resources.empty());
  }

  // Nothing below what is observed anyway.
  std::vector<PlannedObservation> take() const {
    std::vector<PlannedObservation> plan;
    for (const auto& [path, chosen] : chosen_) {
      bool covered = false;
      for (std::size_t depth = 1; depth < path.depth(); ++depth) covered |= chosen_.contains(path.prefix(depth));
      if (!covered) plan.push_back({path, chosen.attributes, chosen.composite, chosen.when});
    }
    return plan;
  }

 private:
  struct Chosen {
    std::uint64_t rank = 0;
    std::string attributes = {};
    bool composite = false;
    ObserveWhen when = ObserveWhen::always;
  };

  void addResource(const Path& path) {
    const auto* rule = index_.find(device_, path);
    if (rule == nullptr) return;
    switch (rule->rule->observe.level) {
      case ObserveLevel::none: return;
      case ObserveLevel::object: return observe(path.prefix(1), *rule);
      case ObserveLevel::instance: return observe(path.prefix(2), *rule);
      case ObserveLevel::resource: return observe(path, *rule);
    }
  }

  // What no rule names by its resource: by the strongest rule for whole instances, else by the default rule. The
  // default rule keeps out of objects whose resources are named.
  void addRest(const Path& instance, bool hasNamedResources) {
    const auto* rule = index_.findForInstance(device_, instance);
    const bool named = rule != nullptr && rule->rule->match.object.has_value();
    if (named && rule->rule->observe.level == ObserveLevel::none) return;
    if (named) return observe(instance.prefix(rule->rule->observe.level == ObserveLevel::object ? 1 : 2), *rule);
    if (hasNamedResources || isPrivate(instance.object())) return;
    if (rule != nullptr ? rule->rule->observe.level == ObserveLevel::none : !defaultRule_) return;
    if (instance.object() == kDeviceObject) return addDeviceWithoutClock(instance, rule);
    observe(rule != nullptr && rule->rule->observe.level == ObserveLevel::object ? instance.prefix(1) : instance, rule);
  }

  // An observation of the whole of /3/0 would report its clock every second.
  void addDeviceWithoutClock(const Path& instance, const CompiledRule* rule) {
    const auto* definition = device_.definitions.object(instance.object());
    if (definition == nullptr) return;
    for (const auto& resource : definition->resources) {
      if (resource.operations.read && resource.id != kCurrentTime) observe(instance.child(resource.id), rule);
    }
  }

  void observe(const Path& path, const CompiledRule& rule) { observe(path, &rule); }

  void observe(const Path& path, const CompiledRule* rule) {
    const auto rank = rule == nullptr ? 0 : rule->rank;
    const auto [at, fresh] = chosen_.try_emplace(path);
    if (!fresh && at->second.rank >= rank) return;
    if (rule == nullptr) {
      at->second = {};
      return;
    }
    const auto& observe = rule->rule->observe;
    at->second = {rank, lwm2m::toQuery(observe.attributes), observe.composite, observe.when};
  }

  const RuleIndex& index_;
  bool defaultRule_;
  const DeviceFacts& device_;
  std::map<Path, Chosen> chosen_;
};

}  // namespace

std::vector<PlannedObservation> planObservations(const RuleIndex& index, bool defaultRule, const DeviceFacts& device,
                                                 std::span<const lwm2m::Path> instances) {
  Planner planner(index, defaultRule, device);
  for (const auto& path : instances) {
    if (path.depth() == 1) planner.addObject(path.object());
    if (path.depth() == 2) planner.addInstance(path);
  }
  return planner.take();
}

}  // namespace isthmus::mapping
