#include "ipe/app/rule_keeper.h"

#include "mapping/tools/set_difference.h"

#include <algorithm>

namespace isthmus::app {
namespace {

using status::AppliedView;
using status::Checked;
using status::RuleFaults;

tl::unexpected<RuleFaults> faulty(RuleFaults faults) { return tl::unexpected<RuleFaults>(std::move(faults)); }
tl::unexpected<RuleFaults> faulty(Error fault) { return faulty(RuleFaults{std::move(fault)}); }

}  // namespace

Result<std::unique_ptr<RuleKeeper>> RuleKeeper::open(Parts parts) {
  const RuleFiles files = readRuleFiles(parts.places);
  mapping::ParsedRules parsed = parse(files);
  for (const Error& fault : parsed.faults) parts.log.error("mapping", fault.text());
  if (!parsed.faults.empty()) {
    return fail(Errc::configuration,
                "the rule files have " + std::to_string(parsed.faults.size()) + " fault(s), see above");
  }
  std::unique_ptr<RuleKeeper> keeper(new RuleKeeper(std::move(parts)));
  auto settled = settleRules(files, std::move(parsed.set), *keeper->parts_.store, keeper->parts_.clock.wall());
  if (!settled) return tl::unexpected(settled.error());
  if (!settled->said.empty()) keeper->parts_.log.info("mapping", settled->said);
  keeper->inForce_ = std::move(settled->inForce);
  keeper->engine_ = std::make_unique<mapping::Engine>(keeper->inForce_.set, keeper->parts_.settings);
  return keeper;
}

Result<void> RuleKeeper::attach(Loop& loop, proxy::Proxy& proxy) {
  loop_ = &loop;
  proxy_ = &proxy;
  const auto planned = parts_.store->mark(mapping::RuleMark::planned);
  if (!planned) return tl::unexpected(planned.error());
  if (*planned != std::optional<std::int64_t>(inForce_.number)) proxy.use(*engine_, inForce_.number);
  return {};
}

status::MappingView RuleKeeper::view() {
  const std::lock_guard lock(mutex_);
  status::MappingView view = viewOf(inForce_, parts_.settings.defaultRule);
  view.devicesToPlan = loop_->ask([this] { return proxy_->toReplan(); });
  return view;
}

Result<std::vector<status::RuleSetView>> RuleKeeper::ruleSets() {
  const std::lock_guard lock(mutex_);
  return ruleSetsOf(*parts_.store);
}

Result<status::RuleSetText> RuleKeeper::ruleSet(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  const auto set = parts_.store->get(number);
  if (!set) return tl::unexpected(set.error());
  return status::RuleSetText{headOf(*set), mapping::exportText(set->set)};
}

Result<status::RuleDifferenceView> RuleKeeper::difference(std::uint32_t from, std::uint32_t to) {
  const std::lock_guard lock(mutex_);
  const auto older = parts_.store->get(from), newer = parts_.store->get(to);
  if (!older || !newer) return tl::unexpected(older ? newer.error() : older.error());
  mapping::SetDifference found = mapping::difference(older->set, newer->set);
  status::RuleDifferenceView view{from, to, {}, found.reordered};
  for (mapping::RuleChange& change : found.changes) {
    view.changes.push_back({std::move(change.name), std::string(mapping::name(change.kind)), std::move(change.before),
                            std::move(change.after)});
  }
  return view;
}

Checked<AppliedView> RuleKeeper::apply(const std::vector<status::RuleText>& files) {
  RuleFiles given;
  for (const status::RuleText& file : files) given.files.push_back({file.name, file.text});
  mapping::ParsedRules parsed = parse(given);
  if (!parsed.faults.empty()) return faulty(std::move(parsed.faults));
  const std::lock_guard lock(mutex_);
  return put(std::move(parsed.set));
}

Checked<AppliedView> RuleKeeper::rollBack(std::optional<std::uint32_t> to) {
  const std::lock_guard lock(mutex_);
  const auto sets = parts_.store->list();
  if (!sets) return faulty(sets.error());
  const auto number = earlierSet(*sets, to);
  if (!number) return faulty(number.error());
  auto set = parts_.store->get(*number);
  if (!set) return faulty(set.error());
  return put(std::move(set->set));
}

Checked<AppliedView> RuleKeeper::reload() {
  const RuleFiles files = readRuleFiles(parts_.places);
  mapping::ParsedRules parsed = parse(files);
  for (const Error& fault : parsed.faults) parts_.log.error("mapping", fault.text());
  if (!parsed.faults.empty()) {
    parts_.log.error("mapping", "the rule files have faults, see above: the rules in force stay");
    return faulty(std::move(parsed.faults));
  }
  const std::lock_guard lock(mutex_);
  auto settled = settleRules(files, std::move(parsed.set), *parts_.store, parts_.clock.wall());
  if (!settled) {
    parts_.log.error("mapping", "the rules in force stay: " + settled.error().text());
    return faulty(settled.error());
  }
  if (settled->applied) return putInForce(std::move(settled->inForce));
  const std::string note =
      settled->said.empty() ? "the rule files say what is in force: nothing changes" : settled->said;
  parts_.log.info("mapping", note);
  return unchanged(note);
}

// With the mutex held.
Checked<AppliedView> RuleKeeper::put(mapping::RuleSet set) {
  auto applied = applyRules(set, *parts_.store, parts_.clock.wall());
  if (!applied) return faulty(applied.error());
  if (applied->number == inForce_.number) return unchanged("these rules are in force already");
  return putInForce(std::move(*applied));
}

AppliedView RuleKeeper::unchanged(std::string note) const { return {headOf(inForce_), false, std::move(note)}; }

// The engine before goes once nothing uses it any more.
AppliedView RuleKeeper::putInForce(mapping::AppliedSet set) {
  auto engine = std::make_unique<mapping::Engine>(set.set, parts_.settings);
  loop_->ask([&] { proxy_->use(*engine, set.number); });
  engine_ = std::move(engine);
  inForce_ = std::move(set);
  parts_.log.info("mapping", "rule set " + std::to_string(inForce_.number) + " (" + inForce_.set.name + ", " +
                                 std::to_string(inForce_.set.rules.size()) + " rules) is in force");
  return {headOf(inForce_), true, {}};
}

}  // namespace isthmus::app
