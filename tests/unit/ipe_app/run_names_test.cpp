#include "db/stores/memory_journal.h"
#include "ipe/app/delivery_workers.h"
#include "tests/support/fake_clock.h"

#include <catch2/catch.hpp>

#include <mutex>

namespace isthmus::app {
namespace {

using onem2m::Outcome;

// Takes whatever it is asked, and keeps it.
class KeepingBinding final : public onem2m::Binding {
 public:
  std::unique_ptr<onem2m::Connection> connect() override { return std::make_unique<Kept>(*this); }
  std::vector<std::string> contents() const {
    const std::lock_guard lock(mutex_);
    return contents_;
  }

 private:
  class Kept final : public onem2m::Connection {
   public:
    explicit Kept(KeepingBinding& binding) : binding_(binding) {}
    Result<onem2m::ResponsePrimitive> exchange(const onem2m::RequestPrimitive& request, milliseconds) override {
      const std::lock_guard lock(binding_.mutex_);
      binding_.contents_.push_back(request.content);
      return onem2m::ResponsePrimitive{2001, {}, {}};
    }

   private:
    KeepingBinding& binding_;
  };

  mutable std::mutex mutex_;
  std::vector<std::string> contents_;
};

// Cannot read the name of a run the first time.
class FailingReader final : public proxy::OutboxReader {
 public:
  explicit FailingReader(Errc fault) : fault_(fault) {}
  Result<std::vector<proxy::OutboxRow>> read(std::span<const std::uint64_t>) override {
    return std::vector<proxy::OutboxRow>();
  }
  Result<Stretch> readOn(std::uint64_t, std::uint64_t to, const Limits&) override { return Stretch{{}, to}; }
  Result<std::string> runName(std::uint32_t) override {
    if (!std::exchange(failed_, true)) return fail(fault_, "the disk");
    return std::string("a1b2");
  }
  Result<std::vector<Rejected>> rejected(std::size_t) override { return std::vector<Rejected>(); }
  Result<std::vector<proxy::OutboxRow>> pending(std::size_t) override { return std::vector<proxy::OutboxRow>(); }

 private:
  Errc fault_;
  bool failed_ = false;
};

struct WorkersBench {
  explicit WorkersBench(Errc given = Errc::unavailable) : fault(given) {}

  // What came of one row, posted as the work of its own.
  onem2m::Attempt posts() {
    proxy::OutboxRow row{.id = 1,
                         .committedMs = 1763812345678,
                         .run = 3,
                         .target = "3303/0/5700",
                         .content = "21",
                         .contentInfo = "text/plain:0"};
    workers.give(proxy::PostWork{{{0, 1, "dev", row}}});
    const auto found = results.waitAndDrain(milliseconds(20'000));
    REQUIRE(found.size() == 1);
    return found[0].attempts.at(0);
  }

  const Errc fault;
  KeepingBinding binding;
  onem2m::CseSettings settings;
  onem2m::CseProfile profile;
  lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  testing::FakeClock clock;
  Mailbox<proxy::WorkResult> results;
  DeliveryWorkers workers{
      {binding, settings, profile, registry, clock, [this] { return std::make_unique<FailingReader>(fault); }},
      1,
      results};
};

TEST_CASE("a row whose run cannot be read is not posted under another name: it waits, and the next try names it") {
  WorkersBench bench;
  CHECK(bench.posts().outcome == Outcome::busy);
  CHECK(bench.binding.contents().empty());
  CHECK(bench.posts().outcome == Outcome::done);
  REQUIRE(bench.binding.contents().size() == 1);
  CHECK(bench.binding.contents()[0].find("-a1b2\"") != std::string::npos);
}

TEST_CASE("a row of a run that nobody knows any more is posted all the same") {
  WorkersBench bench(Errc::notFound);
  CHECK(bench.posts().outcome == Outcome::done);
  CHECK(bench.posts().outcome == Outcome::done);
  REQUIRE(bench.binding.contents().size() == 2);
  CHECK(bench.binding.contents()[0] == bench.binding.contents()[1]);
  CHECK(bench.binding.contents()[0].find("-0000\"") != std::string::npos);
}

}  // namespace
}  // namespace isthmus::app
