#pragma once

#include "ipe/app/loop.h"
#include "ipe/app/rules.h"
#include "ipe/status/mapping_access.h"

#include <memory>
#include <mutex>

namespace isthmus::app {

// The rules of a running instance: which set is in force, and how another comes to be. What is asked for is on disk
// first, then in force on the loop's thread; readings that come meanwhile go by the set before. Not from the loop's
// thread, except where it says so.
class RuleKeeper final : public status::MappingAccess {
 public:
  struct Parts {
    std::unique_ptr<mapping::RuleStore> store;
    std::vector<std::filesystem::path> places;  // mapping.files
    mapping::EngineSettings settings;
    const Clock& clock;
    Log& log;
  };
  // Decides which set is in force (settleRules). Error: configuration (faults in the files, all in the log), io.
  static Result<std::unique_ptr<RuleKeeper>> open(Parts parts);

  // The proxy's first set. Before the loop runs.
  const mapping::Engine& engine() const { return *engine_; }
  // From now on changes reach the proxy by the loop. Before it runs; the proxy is told if devices are observed by an
  // older set. Both must outlive it.
  Result<void> attach(Loop& loop, proxy::Proxy& proxy);

  status::MappingView view();

  Result<std::vector<status::RuleSetView>> ruleSets() override;
  Result<status::RuleSetText> ruleSet(std::uint32_t number) override;
  Result<status::RuleDifferenceView> difference(std::uint32_t from, std::uint32_t to) override;
  status::Checked<status::AppliedView> apply(const std::vector<status::RuleText>& files) override;
  status::Checked<status::AppliedView> rollBack(std::optional<std::uint32_t> to) override;
  status::Checked<status::AppliedView> reload() override;

 private:
  explicit RuleKeeper(Parts parts) : parts_(std::move(parts)) {}
  status::Checked<status::AppliedView> put(mapping::RuleSet set);
  status::AppliedView putInForce(mapping::AppliedSet set);
  status::AppliedView unchanged(std::string note) const;

  Parts parts_;
  Loop* loop_ = nullptr;
  proxy::Proxy* proxy_ = nullptr;
  std::mutex mutex_;  // of all below, and the store
  mapping::AppliedSet inForce_;
  std::unique_ptr<mapping::Engine> engine_;
};

}  // namespace isthmus::app
