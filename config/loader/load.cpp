#include "config/loader/load.h"

#include "config/loader/key_table.h"
#include "ipe/base/located_json.h"

#include <algorithm>
#include <fstream>
#include <unistd.h>

namespace isthmus::config {
namespace {

using json::Node;

constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::string_view kVariablePrefix = "ISTHMUS_";

std::vector<std::string_view> keyNames() {
  std::vector<std::string_view> names;
  for (const auto& key : keyTable()) names.push_back(key.name);
  return names;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

// A group that can be said in one word: "profile": "acme".
constexpr std::string_view kWordGroup = "onem2m.profile", kWordOfGroup = "onem2m.profile.name";

const Key* keyNamed(std::string_view name) { return findKey(name == kWordGroup ? kWordOfGroup : name); }

bool isScalar(const Node& node) {
  return node.is(json::Kind::string) || node.is(json::Kind::number) || node.is(json::Kind::boolean);
}

class Parser {
 public:
  explicit Parser(ParsedConfig& parsed) : parsed_(parsed) {
    for (const auto& key : keyTable()) parsed_.origins.emplace(key.name, Origin{});
  }

  void readFile(std::string_view text, std::string_view fileName) {
    const json::Document document(text, fileName);
    parsed_.faults = document.faults();
    const auto root = document.root();
    if (root.is(json::Kind::null) && !parsed_.faults.empty()) return;
    readGroup(root, "");
  }

  void readVariable(const std::string& variable, const std::string& text) {
    std::string name = variable;
    for (char& c : name) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    if (!name.starts_with(kVariablePrefix) || name.find("__", kVariablePrefix.size()) == std::string::npos) return;
    std::vector<std::string> variables;
    for (const auto& key : keyTable()) {
      const bool isWord = key.name == kWordOfGroup && name == variableOf(kWordGroup);
      if (isWord || variableOf(key.name) == name) return set(key, fromText(key, text, variable), Source::environment);
      variables.push_back(variableOf(key.name));
    }
    const std::vector<std::string_view> known(variables.begin(), variables.end());
    const auto meant = json::nearest(name, known);
    complain("unknown variable" + (meant.empty() ? std::string() : ": did you mean " + std::string(meant) + "?"),
             variable);
  }

  void readOverride(std::string_view assignment) {
    const auto equals = assignment.find('=');
    const auto name = trimmed(assignment.substr(0, equals));
    const auto where = "--set " + name;
    if (equals == std::string_view::npos) return complain("write --set key=value", where);
    const auto* key = keyNamed(name);
    if (key != nullptr) return set(*key, fromText(*key, assignment.substr(equals + 1), where), Source::flag);
    const auto names = keyNames();
    const auto meant = json::nearest(name, names);
    complain("unknown key \"" + name + "\"" +
                 (meant.empty() ? std::string() : ": did you mean \"" + std::string(meant) + "\"?"),
             where);
  }

  // What no key can say alone.
  void finish() {
    auto& config = parsed_.config;
    if (config.outbox.low >= config.outbox.high) complainAt("outbox.low", "outbox.low must be below outbox.high");
    if (config.outbox.high >= config.outbox.max) complainAt("outbox.high", "outbox.high must be below outbox.max");
    checkPair("onem2m.tls.cert", config.onem2m.tls.cert.empty(), "onem2m.tls.key", config.onem2m.tls.key.empty());
    checkPair("status.tls.cert", config.status.tls.cert.empty(), "status.tls.key", config.status.tls.key.empty());
    checkAuth();
    checkReaders();
    finishNotify();
    if (config.db.keyFile.empty()) config.db.keyFile = config.db.path.string() + ".key";
  }

 private:
  void readGroup(const Node& group, const std::string& prefix) {
    if (!json::expect(group, json::Kind::object, parsed_.faults)) return;
    for (const auto& member : group.children()) {
      const auto name = prefix + std::string(member.key());
      const bool plain = member.key().find('.') == std::string_view::npos;
      if (prefix.empty() && name == "$schema") continue;
      const bool isWord = name == kWordGroup && isScalar(member);
      if (const auto* key = isWord ? keyNamed(name) : plain ? findKey(name) : nullptr; key != nullptr) {
        readMember(*key, member);
      } else if (plain && isGroup(name + ".")) {
        readGroup(member, name + ".");
      } else {
        refuse(member, prefix);
      }
    }
  }

  static bool isGroup(const std::string& prefix) {
    return std::ranges::any_of(keyTable(), [&](const Key& key) { return key.name.starts_with(prefix); });
  }

  // Suggests a neighbour, or else a key of the same name elsewhere.
  void refuse(const Node& member, const std::string& prefix) {
    std::vector<std::string_view> neighbours;
    const auto names = keyNames();
    for (const auto name : names) {
      if (!name.starts_with(prefix)) continue;
      const auto rest = name.substr(prefix.size());
      const auto word = rest.substr(0, rest.find('.'));
      if (std::ranges::find(neighbours, word) == neighbours.end()) neighbours.push_back(word);
    }
    auto hint = json::suggestion(member.key(), neighbours);
    if (json::nearest(member.key(), neighbours).empty()) {
      const auto elsewhere = std::ranges::find_if(names, [&](std::string_view name) {
        return name == member.key() || name.ends_with("." + std::string(member.key()));
      });
      if (elsewhere != names.end()) hint = "did you mean \"" + std::string(*elsewhere) + "\"?";
    }
    json::complain(parsed_.faults, member, "unknown key \"" + std::string(member.key()) + "\": " + hint);
  }

  void readMember(const Key& key, const Node& node) {
    Raw raw{node.is(json::Kind::array), true, {}, {}, node.where()};
    const auto values = raw.isList ? node.children() : std::vector<Node>{node};
    for (const auto& value : values) {
      if (!raw.isList && value.is(json::Kind::null)) continue;
      if (!isScalar(value)) {
        json::complain(parsed_.faults, value,
                       "must not be " + std::string(json::name(value.kind())) + ": " + key.expects);
        return;
      }
      raw.items.push_back({std::string(value.text()), value.where()});
      raw.kinds.push_back(value.kind());
    }
    set(key, raw, Source::file);
  }

  static Raw fromText(const Key& key, std::string_view text, const std::string& where) {
    Raw raw{false, false, {}, {}, where};
    if (!key.isList) {
      if (!text.empty()) raw.items.push_back({std::string(text), where});
      return raw;
    }
    if (text.starts_with('[')) {
      const json::Document document(text, where);
      raw.isList = true;
      if (document.faults().empty()) {
        for (const auto& item : document.root().children()) raw.items.push_back({std::string(item.text()), where});
        return raw;
      }
    }
    for (std::size_t from = 0; from <= text.size();) {
      const auto comma = std::min(text.find(',', from), text.size());
      if (auto item = trimmed(text.substr(from, comma - from)); !item.empty())
        raw.items.push_back({std::move(item), where});
      from = comma + 1;
    }
    return raw;
  }

  void set(const Key& key, const Raw& raw, Source source) {
    key.set(parsed_.config, raw, parsed_.faults);
    parsed_.origins.insert_or_assign(std::string(key.name), Origin{source, raw.where});
  }

  void checkPair(std::string_view one, bool oneIsEmpty, std::string_view other, bool otherIsEmpty) {
    if (oneIsEmpty == otherIsEmpty) return;
    const auto given = oneIsEmpty ? other : one, missing = oneIsEmpty ? one : other;
    complainAt(given, "needs \"" + std::string(missing) + "\" beside it");
  }

  void checkAuth() {
    const auto& auth = parsed_.config.onem2m.auth;
    if (!auth.token.empty() && !auth.user.empty())
      complainAt("onem2m.auth.token", "a token or a user: leave one of them out");
    if (!auth.password.empty() && auth.user.empty())
      complainAt("onem2m.auth.password", "needs \"onem2m.auth.user\" beside it");
  }

  void checkReaders() {
    const auto& readers = parsed_.config.onem2m.readers;
    if (readers.size() < 2 || std::ranges::find(readers, "all") == readers.end()) return;
    complainAt("onem2m.readers", "\"all\" stands alone");
  }

  void finishNotify() {
    auto& notify = parsed_.config.onem2m.notify;
    const Url& cse = parsed_.config.onem2m.cse;
    // Over MQTT they come to where the requests go.
    if (!notify.url && cse.scheme.starts_with("mqtt")) notify.url = cse;
    if (!notify.listen) return;
    const auto& listen = *notify.listen;
    const auto& status = parsed_.config.status.listen;
    if (status && *status == listen && listen.port != 0) {
      complainAt("onem2m.notify.listen", "the same address as status.listen: give it another port");
    }
    if (notify.url) return;
    if (listen.host == "0.0.0.0" || listen.host == "::") {
      return complainAt("onem2m.notify.listen",
                        "the CSE cannot reach " + listen.host + ": say in onem2m.notify.url how it can");
    }
    notify.url = Url{"http", listen.host, listen.port, ""};
  }

  void complain(std::string message, std::string where) {
    parsed_.faults.push_back({Errc::configuration, std::move(message), std::move(where)});
  }

  // At the place where the key got its value.
  void complainAt(std::string_view key, std::string message) {
    const auto& where = parsed_.origins.find(key)->second.where;
    complain(std::move(message), where.empty() ? std::string(key) : where);
  }

  ParsedConfig& parsed_;
};

ParsedConfig parse(const std::optional<std::string_view>& text, std::string_view fileName,
                   std::span<const std::string> overrides, const Environment& environment) {
  ParsedConfig parsed;
  Parser parser(parsed);
  if (text) parser.readFile(*text, fileName);
  for (const auto& [variable, value] : environment) parser.readVariable(variable, value);
  for (const auto& assignment : overrides) parser.readOverride(assignment);
  parser.finish();
  return parsed;
}

}  // namespace

std::string_view name(Source source) {
  switch (source) {
    case Source::standard: return "default";
    case Source::file: return "file";
    case Source::environment: return "environment";
    case Source::flag: return "flag";
  }
  return "unknown";
}

ParsedConfig parseConfig(std::string_view text, std::string_view fileName, std::span<const std::string> overrides,
                         const Environment& environment) {
  return parse(text, fileName, overrides, environment);
}

ParsedConfig loadConfig(const std::filesystem::path& file, std::span<const std::string> overrides,
                        const Environment& environment) {
  if (file.empty()) return parse({}, "", overrides, environment);
  std::ifstream stream(file, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  const bool readable = stream.eof() && !stream.bad();
  if (readable && text.size() <= kLargestFile) return parse(text, file.string(), overrides, environment);
  auto parsed = parse({}, "", overrides, environment);
  const auto reason =
      text.size() > kLargestFile ? "the configuration is larger than 1 MiB" : "the configuration cannot be read";
  parsed.faults.insert(parsed.faults.begin(), {Errc::configuration, reason, file.string()});
  return parsed;
}

Environment processEnvironment() {
  Environment variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::vector<KeyFacts> keys() {
  std::vector<KeyFacts> facts;
  const Config standard;
  for (const auto& key : keyTable()) {
    facts.push_back({key.name, key.expects, key.help, key.show(standard), variableOf(key.name), key.secret});
  }
  return facts;
}

std::vector<std::pair<std::string, std::string>> describe(const Config& config) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& key : keyTable()) {
    auto text = key.show(config);
    if (key.secret && !text.empty()) text = "***";
    values.emplace_back(key.name, std::move(text));
  }
  return values;
}

}  // namespace isthmus::config
