#include "ipe/app/runtime.h"

#include "db/stores/sqlite_journal.h"
#include "db/stores/sqlite_outbox_reader.h"
#include "db/stores/sqlite_rule_store.h"
#include "ipe/app/carriers.h"
#include "ipe/app/delivery_workers.h"
#include "ipe/app/loop.h"
#include "ipe/app/object_files.h"
#include "ipe/app/rules.h"
#include "ipe/app/settings.h"
#include "ipe/app/status_adapter.h"
#include "ipe/status/status_server.h"
#include "lwm2m/coap/udp/udp_carrier.h"
#include "onem2m/http/http_binding.h"

#include <random>
#include <thread>

namespace isthmus::app {
namespace {

constexpr milliseconds kWorkerPatience{3000};
constexpr seconds kExchangeLifetime{247};  // RFC 7252 4.8.2

std::uint64_t randomWord() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

// The last folder of the path is made, so that a first start needs no preparation; a longer one may be a slip of the
// pen.
Result<void> makeFolderOf(const std::filesystem::path& file, Log& log) {
  const std::filesystem::path folder = file.parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::exists(folder, error)) return {};
  if (std::filesystem::create_directory(folder, error)) {
    log.info("db", "made the folder " + folder.string());
    return {};
  }
  return fail(Errc::configuration,
              "the folder of the database is not there and cannot be made: " + error.message() +
                  "; make it for this user, or name another file in db.path",
              folder.string());
}

}  // namespace

// Made in this order, ended in the reverse one.
struct Runtime::Impl {
  Impl(const config::Config& configuration, Log& logTo)
      : config(configuration), log(logTo), cse(cseSettings(configuration)) {}

  Result<void> loadFacts();
  Result<void> openDatabase();
  Result<void> openListener();
  Result<void> recover();
  Result<void> startDelivery();
  Result<void> startStatus();
  std::unique_ptr<proxy::OutboxReader> openReader() const;

  const config::Config config;
  Log& log;
  SystemClock systemClock;
  TurnClock clock{systemClock};
  lwm2m::ObjectRegistry registry;
  onem2m::CseSettings cse;
  onem2m::CseProfile profile;
  mapping::AppliedSet rules;
  std::unique_ptr<mapping::Engine> engine;
  std::unique_ptr<db::SqliteJournal> journal;
  proxy::JournalFacts facts;
  std::unique_ptr<lwm2m::coap::UdpCarrier> carrier;
  Carriers carriers;
  std::unique_ptr<lwm2m::coap::Endpoint> endpoint;
  std::unique_ptr<proxy::Proxy> proxy;
  std::unique_ptr<lwm2m::Server> server;
  std::unique_ptr<Loop> loop;
  std::unique_ptr<onem2m::HttpBinding> binding;
  std::unique_ptr<DeliveryWorkers> workers;
  std::unique_ptr<StatusAdapter> adapter;
  std::unique_ptr<status::StatusServer> statusServer;
  std::thread loopThread;
};

Result<void> Runtime::Impl::loadFacts() {
  registry = lwm2m::ObjectRegistry::builtin();
  if (const auto loaded = loadObjectFiles(config.lwm2m.objects, registry, log); !loaded)
    return tl::unexpected(loaded.error());
  mapping::ParsedRules loadedRules = loadRules(config);
  for (const Error& fault : loadedRules.faults) log.error("mapping", fault.text());
  if (!loadedRules.faults.empty()) {
    return fail(Errc::configuration,
                "the rule files have " + std::to_string(loadedRules.faults.size()) + " fault(s), see above");
  }
  rules.set = std::move(loadedRules.set);
  const auto form =
      config.mapping.form == config::ValueForm::record ? mapping::Content::record : mapping::Content::value;
  engine = std::make_unique<mapping::Engine>(rules.set, mapping::EngineSettings{config.mapping.defaultRule, form});
  return {};
}

Result<void> Runtime::Impl::openDatabase() {
  if (const auto made = makeFolderOf(config.db.path, log); !made) return made;
  db::SqliteJournal::Options options;
  options.path = config.db.path;
  options.durability =
      config.db.durability == config::Durability::process ? db::Durability::process : db::Durability::power;
  options.report = [this](const Error& error) { log.warn("db", error.text()); };
  journal = std::make_unique<db::SqliteJournal>(std::move(options));
  Result<proxy::JournalFacts> opened = journal->open(systemClock.wall());
  if (!opened) return tl::unexpected(opened.error());
  facts = std::move(*opened);
  auto store = db::SqliteRuleStore::open(config.db.path);
  if (!store) return tl::unexpected(store.error());
  Result<mapping::AppliedSet> applied = applyRules(rules.set, **store, systemClock.wall());
  if (!applied) return tl::unexpected(applied.error());
  rules = std::move(*applied);
  return {};
}

Result<void> Runtime::Impl::openListener() {
  if (config.lwm2m.coap) {
    const Result<lwm2m::coap::Address> address = lwm2m::coap::Address::parse(config.lwm2m.coap->toString());
    if (!address) return fail(Errc::configuration, "lwm2m.coap needs a numeric address: " + address.error().text());
    auto opened = lwm2m::coap::UdpCarrier::open(*address);
    if (!opened) return tl::unexpected(opened.error());
    carrier = std::move(*opened);
    carriers.add(lwm2m::coap::Transport::udp, *carrier);
  }
  endpoint = std::make_unique<lwm2m::coap::Endpoint>(lwm2m::coap::Limits{}, carriers, clock, randomWord());
  proxy = std::make_unique<proxy::Proxy>(proxySettings(config), *engine, clock, log);
  lwm2m::ServerSettings settings;
  settings.tokenSecret = facts.secret;
  settings.accept = reportFormat(config);
  server = std::make_unique<lwm2m::Server>(settings, *endpoint, *proxy, registry, clock);
  endpoint->setHandler(*server);
  proxy->attach(*server);
  return {};
}

Result<void> Runtime::Impl::recover() {
  const Instant began = systemClock.now();
  proxy->open(facts);
  proxy::Recovery recovery = proxy->recovery(*server);
  const WallTime now = systemClock.wall();
  recovery.answered = [this, now](const proxy::StoredAnswer& answer) {
    const milliseconds age = std::max(milliseconds(0), now - answer.at);
    if (age < kExchangeLifetime) endpoint->restore(answer.exchange, age);
  };
  if (Result<void> recovered = journal->recover(recovery, now); !recovered) return recovered;
  const auto took = systemClock.now() - began;
  log.info("db", std::to_string(server->registered()) + " registered devices and " +
                     std::to_string(proxy->delivery().pending()) + " values on their way recovered in " +
                     std::to_string(took.count()) + " ms");
  return {};
}

std::unique_ptr<proxy::OutboxReader> Runtime::Impl::openReader() const {
  auto reader = db::SqliteOutboxReader::open(config.db.path);
  if (!reader) throw std::runtime_error("cannot read the outbox: " + reader.error().text());
  return std::move(*reader);
}

Result<void> Runtime::Impl::startDelivery() {
  loop = std::make_unique<Loop>(Loop::Parts{carriers, *endpoint, *server, *proxy, *journal, clock, log});
  auto made = onem2m::HttpBinding::make(httpOptions(config));
  if (!made) return tl::unexpected(made.error());
  binding = std::move(*made);
  workers = std::make_unique<DeliveryWorkers>(
      DeliveryWorkers::Parts{*binding, cse, profile, registry, systemClock, [this] { return openReader(); }},
      kDeliveryWorkers, loop->results());
  loop->setWorkers(*workers, kDeliveryWorkers);
  return {};
}

Result<void> Runtime::Impl::startStatus() {
  if (!config.status.listen) return {};
  if (const auto built = checkBuiltIn(config); !built) return built;
  adapter = std::make_unique<StatusAdapter>(StatusAdapter::Parts{
      *loop, *endpoint, *server, *proxy, clock, cse, profile, openReader(),
      std::make_unique<onem2m::CseClient>(binding->connect(), cse, profile, systemClock), config.onem2m.cse.toString(),
      carrier ? "coap://" + carrier->local().toString() : std::string(), ISTHMUS_VERSION,
      viewOf(rules, config.mapping.defaultRule)});
  status::StatusOptions options;
  options.listen = config.status.listen->toString();
  auto started = status::StatusServer::start(options, *adapter, log);
  if (!started) return tl::unexpected(started.error());
  statusServer = std::move(*started);
  return {};
}

Runtime::Runtime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Runtime::~Runtime() { stop(); }

Result<std::unique_ptr<Runtime>> Runtime::start(const config::Config& config, Log& log) {
  auto impl = std::make_unique<Impl>(config, log);
  Impl& parts = *impl;
  for (const auto step : {&Impl::loadFacts, &Impl::openDatabase, &Impl::openListener, &Impl::recover,
                          &Impl::startDelivery, &Impl::startStatus}) {
    if (Result<void> done = (parts.*step)(); !done) return tl::unexpected(done.error());
  }
  parts.loopThread = std::thread([&parts] { parts.loop->run(); });
  return std::unique_ptr<Runtime>(new Runtime(std::move(impl)));
}

std::string Runtime::lwm2mUrl() const { return impl_->carrier ? "coap://" + impl_->carrier->local().toString() : ""; }

std::string Runtime::statusUrl() const { return impl_->statusServer ? impl_->statusServer->url() : ""; }

bool Runtime::stop() {
  if (!impl_->loopThread.joinable()) return true;
  if (impl_->statusServer) impl_->statusServer->stop();
  const bool ended = impl_->workers->stop(kWorkerPatience);
  impl_->loop->stop();
  impl_->loopThread.join();
  return ended;
}

}  // namespace isthmus::app
