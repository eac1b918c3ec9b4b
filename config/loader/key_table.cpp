#include "config/loader/key_table.h"

#include "config/loader/kinds.h"

#include <algorithm>
#include <array>
#include <limits>

namespace isthmus::config {
namespace {

constexpr std::array<std::string_view, 2> kLayouts = {"ts0014", "single-ae"};
constexpr std::array<std::string_view, 2> kTrees = {"eager", "first-value"};
constexpr std::array<std::string_view, 2> kDurabilities = {"power", "process"};
constexpr std::array<std::string_view, 2> kForms = {"value", "record"};
constexpr std::array<std::string_view, 4> kFormats = {"auto", "tlv", "senml-json", "senml-cbor"};
constexpr std::array<std::string_view, 2> kSwitch = {"off", "on"};
constexpr std::array<std::string_view, 3> kSerialisations = {"json", "xml", "cbor"};
constexpr std::array<std::string_view, 4> kCseKinds = {"", "acme", "mobius", "tinyiot"};
// coap and ws are told from a slip of the pen, so that the program can say what is not built yet.
constexpr std::array<std::string_view, 8> kCseSchemes = {"http", "https", "mqtt", "mqtts",
                                                         "coap", "coaps", "ws",   "wss"};
constexpr std::array<std::string_view, 4> kNotifySchemes = {"http", "https", "mqtt", "mqtts"};
constexpr std::string_view kCseExample = "http://127.0.0.1:8080, https://cse.example.org or mqtt://127.0.0.1:1883";
constexpr std::array<std::string_view, 6> kReleases = {"1", "2", "2a", "3", "4", "5"};
constexpr std::array<std::string_view, 5> kLevels = {"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};

constexpr std::uint16_t kCoapPort = 5683, kCoapsPort = 5684;  // RFC 7252 6.1, 6.2
constexpr std::uint64_t kMostRows = 1'000'000'000;

// Reads one item; complains at it.
template <class T>
std::optional<T> readItem(const Kind<T>& kind, const Raw& raw, std::size_t index, std::vector<Error>& faults) {
  const auto& item = raw.items[index];
  if (raw.typed && raw.kinds[index] != kind.inFile) {
    auto message = "must be " + std::string(json::name(kind.inFile)) + ", not " +
                   std::string(json::name(raw.kinds[index])) + ": " + kind.expects;
    faults.push_back({Errc::configuration, std::move(message), item.where});
    return {};
  }
  auto value = kind.parse(item.text);
  if (value) return *std::move(value);
  faults.push_back({Errc::configuration, value.error().message, item.where});
  return {};
}

template <class T>
std::optional<T> readOne(const Kind<T>& kind, const Raw& raw, std::vector<Error>& faults) {
  if (!raw.isList && raw.items.size() == 1) return readItem(kind, raw, 0, faults);
  const auto message = raw.isList ? "must be one value, not a list: " : "must not be empty: ";
  faults.push_back({Errc::configuration, message + kind.expects, raw.where});
  return {};
}

// A key that always has a value. `Field` gives a reference to its place in a Config, constant or not.
template <class T, class Field>
Key required(std::string_view name, std::string_view help, const Kind<T>& kind, Field field) {
  return {name,
          help,
          false,
          false,
          kind.expects,
          [kind, field](Config& config, const Raw& raw, std::vector<Error>& faults) {
            if (auto value = readOne(kind, raw, faults)) field(config) = *std::move(value);
          },
          [kind, field](const Config& config) { return kind.show(field(config)); }};
}

// A key whose value may be absent: an optional.
template <class T, class Field>
Key optional(std::string_view name, std::string_view help, const Kind<T>& kind, Field field) {
  return {name,
          help,
          false,
          false,
          kind.expects,
          [kind, field](Config& config, const Raw& raw, std::vector<Error>& faults) {
            if (raw.items.empty() && !raw.isList) {
              field(config).reset();
            } else if (auto value = readOne(kind, raw, faults)) {
              field(config) = *std::move(value);
            }
          },
          [kind, field](const Config& config) { return field(config) ? kind.show(*field(config)) : std::string(); }};
}

// A key whose value may be absent: a text or path that is empty then.
template <class T, class Field>
Key clearable(std::string_view name, std::string_view help, const Kind<T>& kind, Field field) {
  auto key = required(name, help, kind, field);
  key.set = [kind, field](Config& config, const Raw& raw, std::vector<Error>& faults) {
    if (raw.items.empty() && !raw.isList) {
      field(config) = T();
    } else if (auto value = readOne(kind, raw, faults)) {
      field(config) = *std::move(value);
    }
  };
  return key;
}

template <class T, class Field>
Key list(std::string_view name, std::string_view help, const Kind<T>& kind, Field field) {
  return {name,
          help,
          false,
          true,
          "a list; each is " + kind.expects,
          [kind, field](Config& config, const Raw& raw, std::vector<Error>& faults) {
            std::vector<T> values;
            for (std::size_t i = 0; i < raw.items.size(); ++i) {
              if (auto value = readItem(kind, raw, i, faults)) values.push_back(*std::move(value));
            }
            field(config) = std::move(values);
          },
          [kind, field](const Config& config) {
            std::string text;
            for (const auto& value : field(config)) text += (text.empty() ? "" : ",") + kind.show(value);
            return text;
          }};
}

Key secret(Key key) {
  key.secret = true;
  return key;
}

// A place in a Config, constant or not.
#define ISTHMUS_FIELD(place) [](auto& config) -> auto& { return config.place; }

void addLwm2m(std::vector<Key>& keys) {
  keys.push_back(optional("lwm2m.coap", "where devices register over UDP", endpointKind("coap", kCoapPort),
                          ISTHMUS_FIELD(lwm2m.coap)));
  keys.push_back(optional("lwm2m.coaps", "where devices register over DTLS, with pre-shared keys (isthmus psk)",
                          endpointKind("coaps", kCoapsPort), ISTHMUS_FIELD(lwm2m.coaps)));
  keys.push_back(list("lwm2m.objects", "folders or files of object definitions (OMNA XML), beside the built-in ones",
                      pathKind(), ISTHMUS_FIELD(lwm2m.objects)));
  keys.push_back(required("lwm2m.format", "what devices are asked to answer in; auto: by what each supports",
                          choiceKind<ReportFormat>(kFormats), ISTHMUS_FIELD(lwm2m.format)));
}

void addOneM2m(std::vector<Key>& keys) {
  keys.push_back(required("onem2m.cse", "the CSE to report to, or the MQTT broker between",
                          urlKind(kCseSchemes, kCseExample), ISTHMUS_FIELD(onem2m.cse)));
  keys.push_back(required("onem2m.base", "resource name of its CSEBase", baseKind(), ISTHMUS_FIELD(onem2m.base)));
  keys.push_back(required("onem2m.cseId", "its CSE-ID", cseIdKind(), ISTHMUS_FIELD(onem2m.cseId)));
  keys.push_back(required("onem2m.originator", "the proxy's AE-ID", aeIdKind(), ISTHMUS_FIELD(onem2m.originator)));
  keys.push_back(required("onem2m.release", "release version indicator sent with requests", wordKind(kReleases),
                          ISTHMUS_FIELD(onem2m.release)));
  keys.push_back(required("onem2m.serialisation", "how requests are written, and answers asked for",
                          choiceKind<Serialisation>(kSerialisations), ISTHMUS_FIELD(onem2m.serialisation)));
  keys.push_back(
      required("onem2m.name", "resource name of the proxy's own AE", resourceNameKind(), ISTHMUS_FIELD(onem2m.name)));
  keys.push_back(required("onem2m.layout", "an AE for each endpoint, or everything below the proxy's AE",
                          choiceKind<Layout>(kLayouts), ISTHMUS_FIELD(onem2m.layout)));
  keys.push_back(required("onem2m.tree", "make a device's resources at registration, or with its first value",
                          choiceKind<Tree>(kTrees), ISTHMUS_FIELD(onem2m.tree)));
  keys.push_back(list("onem2m.readers", "AE-IDs that may read, or all", aeIdKind(), ISTHMUS_FIELD(onem2m.readers)));
  keys.push_back(
      list("onem2m.operators", "AE-IDs that may read and command", aeIdKind(), ISTHMUS_FIELD(onem2m.operators)));
  keys.push_back(clearable("onem2m.nodeOriginator",
                           "who makes <node>s, where the CSE's operator grants one; empty: no nodes", aeIdKind(),
                           ISTHMUS_FIELD(onem2m.nodeOriginator)));
}

void addOneM2mDetails(std::vector<Key>& keys) {
  constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
  const auto instances = as<std::uint32_t, std::uint64_t>(
      countKind("instances", 0, kMax32), [](const std::uint64_t& n) { return static_cast<std::uint32_t>(n); },
      [](const std::uint32_t& n) { return std::uint64_t{n}; });
  const auto age = as<seconds, std::uint64_t>(
      countKind("seconds", 1, kMax32), [](const std::uint64_t& n) { return seconds(n); },
      [](const seconds& n) { return static_cast<std::uint64_t>(n.count()); });
  keys.push_back(required("onem2m.keep.mni", "values that a container keeps; 0: as many as the CSE allows", instances,
                          ISTHMUS_FIELD(onem2m.keep.mni)));
  keys.push_back(
      optional("onem2m.keep.mia", "how old a kept value may be; empty: any age", age, ISTHMUS_FIELD(onem2m.keep.mia)));
  keys.push_back(optional("onem2m.notify.listen", "where the CSE's notifications arrive", endpointKind("", 0),
                          ISTHMUS_FIELD(onem2m.notify.listen)));
  keys.push_back(
      optional("onem2m.notify.url",
               "the same as the CSE reaches it; default: http:// and notify.listen, or the broker of onem2m.cse",
               urlKind(kNotifySchemes, "http://127.0.0.1:8481"), ISTHMUS_FIELD(onem2m.notify.url)));
  keys.push_back(clearable("onem2m.labels.technology", "the label that says that a resource is LwM2M's; empty: none",
                           textKind("a label"), ISTHMUS_FIELD(onem2m.labels.technology)));
  keys.push_back(clearable("onem2m.labels.entityType", "key of the label that says endpoint, object ...; empty: none",
                           textKind("a label's key"), ISTHMUS_FIELD(onem2m.labels.entityType)));
  keys.push_back(clearable("onem2m.labels.entityId", "key of the label that says which one; empty: none",
                           textKind("a label's key"), ISTHMUS_FIELD(onem2m.labels.entityId)));
  keys.push_back(clearable("onem2m.tls.ca", "certificates that the CSE's must lead to; empty: the system's", pathKind(),
                           ISTHMUS_FIELD(onem2m.tls.ca)));
  keys.push_back(clearable("onem2m.tls.cert", "the proxy's own certificate, where the CSE wants one", pathKind(),
                           ISTHMUS_FIELD(onem2m.tls.cert)));
  keys.push_back(clearable("onem2m.tls.key", "its private key", pathKind(), ISTHMUS_FIELD(onem2m.tls.key)));
  keys.push_back(required("onem2m.tls.verify", "whether the CSE's certificate is verified", flagKind(),
                          ISTHMUS_FIELD(onem2m.tls.verify)));
  keys.push_back(secret(clearable("onem2m.auth.token", "bearer token for the CSE's platform", textKind("a token"),
                                  ISTHMUS_FIELD(onem2m.auth.token))));
  keys.push_back(clearable("onem2m.auth.user", "user for the CSE's platform (basic)", textKind("a name"),
                           ISTHMUS_FIELD(onem2m.auth.user)));
  keys.push_back(secret(clearable("onem2m.auth.password", "password for the CSE's platform (basic)",
                                  textKind("a password"), ISTHMUS_FIELD(onem2m.auth.password))));
}

void addProfile(std::vector<Key>& keys) {
  const auto timeout = as<milliseconds, std::uint64_t>(
      countKind("milliseconds", 100, 600'000), [](const std::uint64_t& n) { return milliseconds(n); },
      [](const milliseconds& n) { return static_cast<std::uint64_t>(n.count()); });
  const auto flag = [&keys](std::string_view name, std::string_view help, auto field) {
    keys.push_back(optional(name, help, flagKind(), field));
  };
  keys.push_back(clearable("onem2m.profile.name", "which CSE it is, where that is known (or onem2m.profile alone)",
                           choiceKind<CseKind>(kCseKinds), ISTHMUS_FIELD(onem2m.profile.name)));
  flag("onem2m.profile.refusesAcpi", "it takes no acpi", ISTHMUS_FIELD(onem2m.profile.refusesAcpi));
  flag("onem2m.profile.refusesNode", "it has no <node>", ISTHMUS_FIELD(onem2m.profile.refusesNode));
  flag("onem2m.profile.refusesMgmtObj", "it has no <mgmtObj>", ISTHMUS_FIELD(onem2m.profile.refusesMgmtObj));
  flag("onem2m.profile.refusesFlexContainer", "it has no <flexContainer>",
       ISTHMUS_FIELD(onem2m.profile.refusesFlexContainer));
  flag("onem2m.profile.refusesTimeSeries", "it has no <timeSeries>", ISTHMUS_FIELD(onem2m.profile.refusesTimeSeries));
  flag("onem2m.profile.refusesPollingChannel", "it has no <pollingChannel>",
       ISTHMUS_FIELD(onem2m.profile.refusesPollingChannel));
  flag("onem2m.profile.refusesBlockingUpdate", "it takes no subscription for blocking updates (net 7)",
       ISTHMUS_FIELD(onem2m.profile.refusesBlockingUpdate));
  keys.push_back(optional("onem2m.profile.requestTimeout",
                          "how long it waits for a notification's answer; default 10000", timeout,
                          ISTHMUS_FIELD(onem2m.profile.requestTimeout)));
}

void addMappingAndOutbox(std::vector<Key>& keys) {
  keys.push_back(list("mapping.files", "rule files or folders of them; none: the shipped set ts0014-semantic",
                      pathKind(), ISTHMUS_FIELD(mapping.files)));
  keys.push_back(required("mapping.default", "whether values that no rule names are passed on",
                          choiceKind<bool>(kSwitch), ISTHMUS_FIELD(mapping.defaultRule)));
  keys.push_back(required("mapping.form", R"(a value as "21.5", or as a record {"v":21.5,"u":"Cel","t":"..."})",
                          choiceKind<ValueForm>(kForms), ISTHMUS_FIELD(mapping.form)));
  keys.push_back(required("outbox.max", "at this many waiting values notifications stay unacknowledged",
                          countKind("rows", 1, kMostRows), ISTHMUS_FIELD(outbox.max)));
  keys.push_back(required("outbox.high", "above this many no new device and no new observation is taken",
                          countKind("rows", 1, kMostRows), ISTHMUS_FIELD(outbox.high)));
  keys.push_back(required("outbox.low", "below this many everything is taken again", countKind("rows", 1, kMostRows),
                          ISTHMUS_FIELD(outbox.low)));
}

void addOwn(std::vector<Key>& keys) {
  keys.push_back(required("db.path", "the database file", pathKind(), ISTHMUS_FIELD(db.path)));
  keys.push_back(required("db.durability",
                          "what an acknowledged value survives: a power cut, or the end of the process",
                          choiceKind<Durability>(kDurabilities), ISTHMUS_FIELD(db.durability)));
  keys.push_back(clearable("db.keyFile", "key for the credentials in it; default: <db.path>.key", pathKind(),
                           ISTHMUS_FIELD(db.keyFile)));
  keys.push_back(optional("status.listen", "where the status endpoint and the console are served", endpointKind("", 0),
                          ISTHMUS_FIELD(status.listen)));
  keys.push_back(
      clearable("status.tls.cert", "its certificate, for HTTPS", pathKind(), ISTHMUS_FIELD(status.tls.cert)));
  keys.push_back(clearable("status.tls.key", "the private key of it", pathKind(), ISTHMUS_FIELD(status.tls.key)));
  keys.push_back(
      secret(list("status.tokens", "bearer tokens, one of which a request must carry; none: everybody may ask",
                  textKind("a token"), ISTHMUS_FIELD(status.tokens))));
  keys.push_back(
      required("log.level", "what is worth a line", choiceKind<LogLevel>(kLevels), ISTHMUS_FIELD(log.level)));
  keys.push_back(required("log.format", "lines for people or for programs", choiceKind<LogFormat>(kLogFormats),
                          ISTHMUS_FIELD(log.format)));
}

#undef ISTHMUS_FIELD

}  // namespace

const std::vector<Key>& keyTable() {
  static const std::vector<Key> table = [] {
    std::vector<Key> keys;
    addLwm2m(keys);
    addOneM2m(keys);
    addOneM2mDetails(keys);
    addProfile(keys);
    addMappingAndOutbox(keys);
    addOwn(keys);
    return keys;
  }();
  return table;
}

const Key* findKey(std::string_view name) {
  const auto& table = keyTable();
  const auto found = std::find_if(table.begin(), table.end(), [name](const Key& key) { return key.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::string variableOf(std::string_view key) {
  std::string variable = "ISTHMUS_";
  for (const char c : key) {
    if (c == '.') {
      variable += "__";
    } else {
      variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return variable;
}

}  // namespace isthmus::config
