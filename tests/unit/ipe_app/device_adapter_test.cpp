#include "ipe/app/device_adapter.h"

#include "tests/unit/ipe_app/app_bench.h"

namespace isthmus::app {
namespace {

using lwm2m::Path;
namespace code = lwm2m::coap::code;

struct AdapterBench : AppBench {
  explicit AdapterBench(std::string_view links = "</1/0>") {
    device.registers({"ep=dev", "lwm2m=1.1", "lt=300"}, links);
  }
  ~AdapterBench() { halt(); }

  static status::DeviceRequest asking(status::DeviceAction action, std::vector<std::string> paths = {}) {
    status::DeviceRequest it;
    it.endpoint = "dev";
    it.action = action;
    it.paths = std::move(paths);
    return it;
  }
  void submit(status::DeviceRequest asked, bool wanted = true) {
    adapter.submit(
        std::move(asked),
        [this](Result<status::CommandView> view) {
          const std::lock_guard lock(mutex_);
          last_ = std::move(view);
        },
        [wanted] { return wanted; });
  }
  // What was said last of what was asked, once it is so.
  bool comes(const std::function<bool(const Result<status::CommandView>&)>& condition) {
    return eventually([&] {
      const std::lock_guard lock(mutex_);
      return last_ && condition(*last_);
    });
  }
  bool fails(Errc code) {
    return comes([code](const auto& view) { return !view && view.error().code == code; });
  }
  // The device's word on a request of ours, on the loop's thread.
  void answer(const testing::Sent& asked, lwm2m::coap::Code with, std::string_view payload = {}) {
    loop->ask([&] {
      device.answer(asked, with, payload, 110);
      return true;
    });
  }

  DeviceAdapter adapter{{*loop, server, proxy, clock, std::make_unique<db::MemoryHistoryReader>(journal)}};

 private:
  std::mutex mutex_;
  std::optional<Result<status::CommandView>> last_;
};

constexpr const char* kAccounts =
    R"([{"bn":"/1/","n":"0/0","v":101},{"n":"0/1","v":60},{"n":"1/0","v":102},{"n":"1/1","v":300}])";

TEST_CASE("the patience of who asks counts from when it asked, however late the loop comes to it") {
  AdapterBench bench;
  const WallTime since = bench.clock.wall();
  bench.submit(AdapterBench::asking(status::DeviceAction::read, {"/3/0/9"}));
  bench.time.advance(seconds(6));
  bench.run();
  CHECK(AppBench::textOf(bench.request(0)) == "GET /3/0/9");
  const auto waiting = bench.loop->ask([&] { return bench.proxy.downlink().waiting(0); });
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].deadline == since + seconds(10));
}

TEST_CASE("what the loop comes to after its time, or when nobody waits for it any more, is not begun") {
  const bool wanted = GENERATE(true, false);
  AdapterBench bench;
  bench.submit(AdapterBench::asking(status::DeviceAction::execute, {"/1/0/8"}), wanted);
  if (wanted) bench.time.advance(seconds(10));
  bench.run();
  REQUIRE(bench.fails(Errc::timeout));
  CHECK(bench.loop->ask([&] { return bench.proxy.downlink().size(); }) == 0);
  CHECK(bench.requests().empty());
}

TEST_CASE("a device with accounts of several servers is kicked at the one that is ours") {
  AdapterBench bench("</1/0>,</1/1>");
  bench.run();
  auto kick = AdapterBench::asking(status::DeviceAction::kick);
  const auto [server, trigger] =
      GENERATE(table<int, const char*>({{0, "POST /1/1/8"}, {101, "POST /1/0/8"}, {102, "POST /1/1/8"}}));
  if (server != 0) kick.server = static_cast<std::uint16_t>(server);
  bench.submit(kick);
  const auto asked = bench.request(0);
  CHECK(AppBench::textOf(asked) == "GET /1");
  bench.answer(asked, code::kContent, kAccounts);
  const auto kicked = bench.request(1);
  CHECK(AppBench::textOf(kicked) == trigger);
  bench.answer(kicked, code::kChanged);
  CHECK(bench.comes([](const auto& view) { return view && view->state == "succeeded"; }));
}

TEST_CASE("a device that does not say which of its server accounts is ours is not kicked") {
  AdapterBench bench("</1/0>,</1/1>");
  bench.run();
  auto kick = AdapterBench::asking(status::DeviceAction::kick);
  kick.server = 103;
  bench.submit(kick);
  const auto [with, payload, error] = GENERATE(table<lwm2m::coap::Code, const char*, Errc>(
      {{code::kContent, kAccounts, Errc::notFound}, {code::kUnauthorized, "", Errc::refused}}));
  bench.answer(bench.request(0), with, payload);
  CHECK(bench.fails(error));
  CHECK(bench.requests().size() == 1);
}

}  // namespace
}  // namespace isthmus::app
