#include "ipe/app/rule_desk.h"

#include "db/sqlite/file_lock.h"
#include "db/stores/sqlite_rule_store.h"
#include "ipe/app/database_folder.h"
#include "ipe/app/rest_client.h"
#include "mapping/tools/set_difference.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <iostream>

namespace isthmus::app {
namespace {

using rapidjson::Value;
using status::AppliedView;
using status::Checked;
using status::RuleFaults;
using status::RuleSetView;

constexpr seconds kPatience{60};
constexpr const char* kSets = "/api/v1/mapping/sets";

tl::unexpected<RuleFaults> faulty(Error fault) { return tl::unexpected<RuleFaults>(RuleFaults{std::move(fault)}); }

std::string textOf(const Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsString() ? found->value.GetString() : "";
}

RuleSetView setOf(const Value& json) {
  RuleSetView view;
  view.number = json.HasMember("number") && json["number"].IsUint() ? json["number"].GetUint() : 0;
  view.set = textOf(json, "set");
  view.hash = textOf(json, "hash");
  view.appliedAt = parseIso8601(textOf(json, "applied_at")).value_or(WallTime());
  view.rules = json.HasMember("rules") && json["rules"].IsUint() ? json["rules"].GetUint() : 0;
  return view;
}

class InstanceDesk final : public RuleDesk {
 public:
  explicit InstanceDesk(RestClient client) : client_(std::move(client)) {}
  bool byInstance() const override { return true; }

  Result<std::vector<RuleSetView>> sets() override {
    const auto answer = get(kSets);
    if (!answer) return tl::unexpected(answer.error());
    std::vector<RuleSetView> views;
    if (answer->HasMember("sets"))
      for (const Value& set : (*answer)["sets"].GetArray()) views.push_back(setOf(set));
    return views;
  }

  Result<std::string> text(std::uint32_t number) override {
    const auto answer = get(std::string(kSets) + "/" + std::to_string(number));
    if (!answer) return tl::unexpected(answer.error());
    return textOf(*answer, "text");
  }

  Checked<AppliedView> apply(const std::vector<mapping::RuleText>& files) override {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    const auto text = [&](const char* key, const std::string& value) {
      writer.Key(key);
      writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    writer.StartObject();
    writer.Key("files");
    writer.StartArray();
    for (const mapping::RuleText& file : files) {
      writer.StartObject();
      text("name", file.name);
      text("text", file.text);
      writer.EndObject();
    }
    writer.EndArray();
    writer.EndObject();
    return post("/api/v1/mapping", {buffer.GetString(), buffer.GetSize()});
  }

  Checked<AppliedView> rollBack(std::optional<std::uint32_t> to) override {
    return post("/api/v1/mapping/rollback", to ? "{\"to\":" + std::to_string(*to) + "}" : "");
  }

 private:
  Result<rapidjson::Document> get(const std::string& target) {
    const auto answer = client_.ask("GET", target, "", "", kPatience);
    if (!answer) return tl::unexpected(answer.error());
    rapidjson::Document document;
    document.Parse(answer->body.data(), answer->body.size());
    const bool sound = !document.HasParseError() && document.IsObject();
    if (answer->status == 200 && sound) return document;
    const std::string detail = sound ? textOf(document, "detail") : "";
    return fail(answer->status == 404 ? Errc::notFound : Errc::internal,
                detail.empty() ? "the instance answered " + std::to_string(answer->status) : detail);
  }

  Checked<AppliedView> post(const std::string& target, const std::string& body) {
    const auto answer = client_.ask("POST", target, body, "application/json", kPatience);
    if (!answer) return faulty(answer.error());
    rapidjson::Document document;
    document.Parse(answer->body.data(), answer->body.size());
    if (document.HasParseError() || !document.IsObject())
      return faulty({Errc::internal, "the instance answered " + std::to_string(answer->status), {}});
    if (answer->status == 200)
      return AppliedView{setOf(document), document.HasMember("changed") && document["changed"].IsTrue(),
                         textOf(document, "note")};
    RuleFaults faults;
    if (document.HasMember("errors"))
      for (const Value& fault : document["errors"].GetArray())
        faults.push_back({Errc::configuration, textOf(fault, "message"), textOf(fault, "where")});
    if (faults.empty())
      faults.push_back({answer->status == 404 ? Errc::notFound : Errc::internal, textOf(document, "detail"), {}});
    return tl::unexpected<RuleFaults>(std::move(faults));
  }

  RestClient client_;
};

class FileDesk final : public RuleDesk {
 public:
  FileDesk(config::Config config, db::FileLock lock, std::unique_ptr<mapping::RuleStore> store)
      : config_(std::move(config)), lock_(std::move(lock)), store_(std::move(store)) {}
  bool byInstance() const override { return false; }

  Result<std::vector<RuleSetView>> sets() override { return ruleSetsOf(*store_); }

  Result<std::string> text(std::uint32_t number) override {
    const auto set = store_->get(number);
    if (!set) return tl::unexpected(set.error());
    return mapping::exportText(set->set);
  }

  Checked<AppliedView> apply(const std::vector<mapping::RuleText>& files) override {
    mapping::ParsedRules parsed = parse(RuleFiles{files, {}, false});
    if (!parsed.faults.empty()) return tl::unexpected<RuleFaults>(std::move(parsed.faults));
    return put(parsed.set);
  }

  Checked<AppliedView> rollBack(std::optional<std::uint32_t> to) override {
    const auto all = store_->list();
    if (!all) return faulty(all.error());
    const auto number = earlierSet(*all, to);
    if (!number) return faulty(number.error());
    const auto set = store_->get(*number);
    return set ? put(set->set) : faulty(set.error());
  }

 private:
  Checked<AppliedView> put(const mapping::RuleSet& set) {
    const auto before = store_->list();
    if (!before) return faulty(before.error());
    const auto applied = applyRules(set, *store_, SystemClock().wall());
    if (!applied) return faulty(applied.error());
    if (const auto noted = noteRuleFiles(readRuleFiles(config_.mapping.files), *store_); !noted)
      return faulty(noted.error());
    const bool changed = before->empty() || before->front().number != applied->number;
    return AppliedView{headOf(*applied), changed, changed ? "" : "these rules are in force already"};
  }

  const config::Config config_;
  const db::FileLock lock_;
  std::unique_ptr<mapping::RuleStore> store_;
};

// Nothing: an instance has the database, or there is none.
Result<std::unique_ptr<RuleDesk>> openFile(const config::Config& config, bool mayMake) {
  std::error_code ignored;
  if (!mayMake && !std::filesystem::exists(config.db.path, ignored)) return nullptr;
  const auto made = makeFolderOf(config.db.path, [](const std::string& what) { std::cerr << what << "\n"; });
  if (!made) return tl::unexpected(made.error());
  auto lock = db::FileLock::take(config.db.path.string() + ".lock");
  if (!lock && lock.error().code == Errc::conflict) return nullptr;
  if (!lock) return tl::unexpected(lock.error());
  auto store = db::SqliteRuleStore::open(config.db.path);
  if (!store) return tl::unexpected(store.error());
  return std::make_unique<FileDesk>(config, std::move(*lock), std::move(*store));
}

}  // namespace

Result<std::unique_ptr<RuleDesk>> RuleDesk::open(const std::string& url, const ConfigArguments& arguments,
                                                 bool mayMake) {
  if (url.empty()) {
    const auto config = readConfig(arguments);
    if (!config) return fail(Errc::configuration, "the configuration has faults, see above");
    const bool named = !arguments.file.empty() || !arguments.overrides.empty();
    auto file = openFile(*config, mayMake && named);
    if (!file || *file != nullptr) return file;
  }
  auto client = RestClient::open(url, arguments);
  if (!client) return tl::unexpected(client.error());
  return std::make_unique<InstanceDesk>(std::move(*client));
}

}  // namespace isthmus::app
