#include "ipe/app/runtime.h"

#include "db/stores/sqlite_credential_store.h"
#include "db/stores/sqlite_history_reader.h"
#include "db/stores/sqlite_journal.h"
#include "db/stores/sqlite_outbox_reader.h"
#include "db/stores/sqlite_rule_store.h"
#include "ipe/app/carriers.h"
#include "ipe/app/credential_keeper.h"
#include "ipe/app/cse_binding.h"
#include "ipe/app/cse_profiles.h"
#include "ipe/app/database_folder.h"
#include "ipe/app/delivery_workers.h"
#include "ipe/app/device_adapter.h"
#include "ipe/app/device_security.h"
#include "ipe/app/heap.h"
#include "ipe/app/loop.h"
#include "ipe/app/notify_adapter.h"
#include "ipe/app/object_files.h"
#include "ipe/app/rule_keeper.h"
#include "ipe/app/settings.h"
#include "ipe/app/status_adapter.h"
#include "ipe/app/subscription_keeper.h"
#include "ipe/status/status_server.h"
#include "lwm2m/coap/dtls/dtls_carrier.h"
#include "lwm2m/coap/udp/udp_carrier.h"
#include "onem2m/http/notify_server.h"

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

Result<lwm2m::coap::Address> numericAddress(const char* key, const config::Endpoint& configured) {
  Result<lwm2m::coap::Address> address = lwm2m::coap::Address::parse(configured.toString());
  if (!address)
    return fail(Errc::configuration, std::string(key) + " needs a numeric address: " + address.error().text());
  return address;
}

}  // namespace

// Made in this order, ended in the reverse one.
struct Runtime::Impl {
  Impl(const config::Config& configuration, Log& logTo)
      : config(configuration), log(logTo), cse(cseSettings(configuration)) {}

  // Nothing may come in for what is gone already.
  ~Impl() {
    if (cseBinding.notifications != nullptr) cseBinding.notifications->setSink(nullptr);
  }

  Result<void> loadFacts();
  Result<void> openDatabase();
  Result<void> openCredentials();
  Result<void> openListeners();
  Result<void> makeServer();
  Result<void> recover();
  Result<void> startDelivery();
  Result<void> listenForNotifications();
  Result<void> startNotify();
  Result<void> startStatus();
  std::unique_ptr<proxy::OutboxReader> openReader() const;

  const config::Config config;
  Log& log;
  SystemClock systemClock;
  TurnClock clock{systemClock};
  lwm2m::ObjectRegistry registry;
  onem2m::CseSettings cse;
  onem2m::CseProfile profile;
  std::unique_ptr<RuleKeeper> rules;
  std::unique_ptr<db::SqliteJournal> journal;
  proxy::JournalFacts facts;
  std::unique_ptr<db::SqliteCredentialStore> credentials;
  std::unique_ptr<DeviceSecurity> security;
  std::unique_ptr<lwm2m::coap::UdpCarrier> carrier;
  std::unique_ptr<lwm2m::coap::DtlsCarrier> secureCarrier;
  Carriers carriers;
  std::unique_ptr<lwm2m::coap::Endpoint> endpoint;
  std::unique_ptr<proxy::Proxy> proxy;
  std::unique_ptr<lwm2m::Server> server;
  std::unique_ptr<Loop> loop;
  CseBinding cseBinding;
  std::unique_ptr<DeliveryWorkers> workers;
  std::unique_ptr<NotifyAdapter> notify;
  std::unique_ptr<onem2m::NotifyServer> notifyServer;
  std::unique_ptr<SubscriptionKeeper> subscriptions;
  std::unique_ptr<StatusAdapter> adapter;
  std::unique_ptr<DeviceAdapter> devices;
  std::unique_ptr<CredentialKeeper> keeper;
  std::unique_ptr<status::StatusServer> statusServer;
  std::thread loopThread;
};

Result<void> Runtime::Impl::loadFacts() {
  registry = lwm2m::ObjectRegistry::builtin();
  if (const auto loaded = loadObjectFiles(config.lwm2m.objects, registry, log); !loaded)
    return tl::unexpected(loaded.error());
  return {};
}

Result<void> Runtime::Impl::openDatabase() {
  const auto say = [this](const std::string& what) { log.info("db", what); };
  if (const auto made = makeFolderOf(config.db.path, say); !made) return made;
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
  auto settled = RuleKeeper::open({std::move(*store), config.mapping.files, engineSettings(config), systemClock, log});
  if (!settled) return tl::unexpected(settled.error());
  rules = std::move(*settled);
  return {};
}

// The keys themselves, and so the key file, are needed only where devices can use them.
Result<void> Runtime::Impl::openCredentials() {
  db::SqliteCredentialStore::Options options{config.db.path, config.db.keyFile, {}};
  options.madeKeyFile = [this](const std::filesystem::path& file) { log.warn("db", keyFileNotice(file)); };
  auto store = db::SqliteCredentialStore::open(options, systemClock);
  if (!store) return tl::unexpected(store.error());
  credentials = std::move(*store);
  const auto kept = config.lwm2m.coaps ? credentials->load() : credentials->list();
  if (!kept) return tl::unexpected(kept.error());
  security = std::make_unique<DeviceSecurity>(*kept, clock, log);
  return {};
}

Result<void> Runtime::Impl::openListeners() {
  if (config.lwm2m.coap) {
    const auto address = numericAddress("lwm2m.coap", *config.lwm2m.coap);
    if (!address) return tl::unexpected(address.error());
    auto opened = lwm2m::coap::UdpCarrier::open(*address);
    if (!opened) return tl::unexpected(opened.error());
    carrier = std::move(*opened);
    carriers.add(lwm2m::coap::Transport::udp, *carrier);
  }
  if (!config.lwm2m.coaps) return {};
  const auto address = numericAddress("lwm2m.coaps", *config.lwm2m.coaps);
  if (!address) return tl::unexpected(address.error());
  const auto secret = credentials->lastingSecret();
  if (!secret) return tl::unexpected(secret.error());
  lwm2m::coap::DtlsSettings settings;
  settings.ticketKey = *secret;
  auto opened =
      lwm2m::coap::DtlsCarrier::open(*address, settings, {*security, *security, clock, systemClock}, randomWord());
  if (!opened) return tl::unexpected(opened.error());
  secureCarrier = std::move(*opened);
  security->attach(*secureCarrier);
  carriers.add(lwm2m::coap::Transport::dtls, *secureCarrier);
  return {};
}

Result<void> Runtime::Impl::makeServer() {
  endpoint = std::make_unique<lwm2m::coap::Endpoint>(lwm2m::coap::Limits{}, carriers, clock, randomWord());
  proxy = std::make_unique<proxy::Proxy>(proxySettings(config), rules->engine(), clock, log);
  lwm2m::ServerSettings settings;
  settings.tokenSecret = facts.secret;
  settings.accept = reportFormat(config);
  server = std::make_unique<lwm2m::Server>(settings, *endpoint, *proxy, registry, clock);
  server->setSecurity(*security);
  security->attach(*endpoint);
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
  apply(effectiveProfile(config), profile);
  auto made = makeCseBinding(config);
  if (!made) return tl::unexpected(made.error());
  cseBinding = std::move(*made);
  workers = std::make_unique<DeliveryWorkers>(
      DeliveryWorkers::Parts{*cseBinding.binding, cse, profile, registry, systemClock, [this] { return openReader(); }},
      kDeliveryWorkers, loop->results());
  loop->setWorkers(*workers, kDeliveryWorkers);
  return rules->attach(*loop, *proxy);
}

Result<void> Runtime::Impl::listenForNotifications() {
  onem2m::NotifyServerOptions options;
  options.listen = config.onem2m.notify.listen->toString();
  auto started = onem2m::NotifyServer::start(*notify, options);
  if (!started) {
    return fail(Errc::io, started.error().message + "; is another instance running?", "onem2m.notify.listen");
  }
  notifyServer = std::move(*started);
  if (config.onem2m.notify.url->port == 0) cse.notifyUrl = notifyServer->url();  // any free one was to be taken
  return {};
}

Result<void> Runtime::Impl::startNotify() {
  if (!config.onem2m.notify.listen && cseBinding.notifications == nullptr) return {};
  const auto client = [this] {
    return std::make_unique<onem2m::CseClient>(cseBinding.binding->connect(), cse, profile, systemClock);
  };
  notify = std::make_unique<NotifyAdapter>(NotifyAdapter::Parts{*loop, *proxy, cse, client()});
  if (cseBinding.notifications != nullptr) cseBinding.notifications->setSink(notify.get());
  if (config.onem2m.notify.listen) {
    if (Result<void> listening = listenForNotifications(); !listening) return listening;
  }
  subscriptions =
      std::make_unique<SubscriptionKeeper>(SubscriptionKeeper::Parts{*loop, *server, *proxy, cse, *notify, client()});
  return {};
}

Result<void> Runtime::Impl::startStatus() {
  if (!config.status.listen) return {};
  if (const auto built = checkBuiltIn(config); !built) return built;
  adapter = std::make_unique<StatusAdapter>(StatusAdapter::Parts{
      *loop, *endpoint, *server, *proxy, clock, cse, profile, openReader(),
      std::make_unique<onem2m::CseClient>(cseBinding.binding->connect(), cse, profile, systemClock),
      config.onem2m.cse.toString(),
      carrier         ? "coap://" + carrier->local().toString()
      : secureCarrier ? secureCarrier->local().toString()
                      : "",
      ISTHMUS_VERSION, [this] { return rules->view(); }, secureCarrier.get(), notify.get()});
  auto history = db::SqliteHistoryReader::open(config.db.path);
  if (!history) return tl::unexpected(history.error());
  devices = std::make_unique<DeviceAdapter>(DeviceAdapter::Parts{*loop, *server, *proxy, clock, std::move(*history)});
  status::StatusOptions options;
  options.listen = config.status.listen->toString();
  keeper = std::make_unique<CredentialKeeper>(*credentials, *loop, *security);
  options.credentials = keeper.get();
  options.mapping = rules.get();
  auto started = status::StatusServer::start(options, *adapter, *devices, log);
  if (!started) return tl::unexpected(started.error());
  statusServer = std::move(*started);
  return {};
}

Runtime::Runtime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Runtime::~Runtime() { stop(); }

Result<std::unique_ptr<Runtime>> Runtime::start(const config::Config& config, Log& log) {
  setUpHeap();
  auto impl = std::make_unique<Impl>(config, log);
  Impl& parts = *impl;
  for (const auto step :
       {&Impl::loadFacts, &Impl::openDatabase, &Impl::openCredentials, &Impl::openListeners, &Impl::makeServer,
        &Impl::recover, &Impl::startDelivery, &Impl::startNotify, &Impl::startStatus}) {
    if (Result<void> done = (parts.*step)(); !done) return tl::unexpected(done.error());
  }
  parts.loopThread = std::thread([&parts] { parts.loop->run(); });
  return std::unique_ptr<Runtime>(new Runtime(std::move(impl)));
}

std::string Runtime::secureUrl() const { return impl_->secureCarrier ? impl_->secureCarrier->local().toString() : ""; }

std::string Runtime::lwm2mUrl() const { return impl_->carrier ? "coap://" + impl_->carrier->local().toString() : ""; }

std::string Runtime::statusUrl() const { return impl_->statusServer ? impl_->statusServer->url() : ""; }

void Runtime::reloadRules() { [[maybe_unused]] const auto told = impl_->rules->reload(); }

bool Runtime::stop() {
  if (!impl_->loopThread.joinable()) return true;
  if (impl_->statusServer) impl_->statusServer->stop();
  if (impl_->cseBinding.notifications != nullptr) impl_->cseBinding.notifications->setSink(nullptr);
  impl_->notifyServer.reset();
  if (impl_->subscriptions) impl_->subscriptions->stop();
  const bool ended = impl_->workers->stop(kWorkerPatience);
  impl_->loop->stop();
  impl_->loopThread.join();
  return ended;
}

}  // namespace isthmus::app
