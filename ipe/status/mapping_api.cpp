#include "ipe/status/mapping_api.h"

#include "ipe/base/located_json.h"
#include "ipe/status/json_text.h"

#include <limits>

namespace isthmus::status {
namespace {

using Kind = json::Kind;

constexpr std::int64_t kLargestNumber = std::numeric_limits<std::uint32_t>::max();
constexpr const char* kFilesExample = R"({"files":[{"name":"mine.json","text":"..."}]})";

Reply notKept() { return problem(404, "No rule sets are kept here."); }

void addSet(JsonText& json, const RuleSetView& set) {
  json.number("number", set.number);
  json.text("set", set.set);
  json.text("hash", set.hash);
  json.time("applied_at", set.appliedAt);
  json.number("rules", set.rules);
}

Reply faulty(int status, std::string_view detail, const RuleFaults& faults) {
  JsonText json;
  json.object([&] {
    json.text("type", "about:blank");
    json.text("title", status == 400 ? "Bad Request" : "Unprocessable Content");
    json.number("status", static_cast<std::uint64_t>(status));
    json.text("detail", detail);
    json.array("errors", faults, [&](const Error& fault) {
      json.object([&] {
        json.text("where", fault.where);
        json.text("message", fault.message);
      });
    });
  });
  return {status, "application/problem+json", json.take()};
}

// One fault that is none of a rule: no such set, the disk.
Reply refusal(const RuleFaults& faults) {
  if (faults.size() == 1 && faults[0].code != Errc::configuration && faults[0].code != Errc::malformed)
    return problem(faults[0]);
  return faulty(422,
                "The rules have " + std::to_string(faults.size()) +
                    " fault(s), all of them in 'errors': what was in force stays. Mend them and send all again.",
                faults);
}

Reply answer(const Checked<AppliedView>& outcome) {
  if (!outcome) return refusal(outcome.error());
  JsonText json;
  json.object([&] {
    addSet(json, outcome->set);
    json.boolean("changed", outcome->changed);
    json.text("note", outcome->note);
  });
  return {200, std::string(kJson), json.take()};
}

std::optional<std::uint32_t> numberOf(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  std::uint32_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return number;
}

std::optional<RuleText> fileOf(const json::Node& node, json::Faults& faults) {
  if (!json::expect(node, Kind::object, faults)) return std::nullopt;
  const auto name = node.member("name"), text = node.member("text");
  if (!name || !text || !name->is(Kind::string) || !text->is(Kind::string)) {
    json::complain(faults, node, std::string("a file has a name and a text: ") + kFilesExample);
    return std::nullopt;
  }
  return RuleText{std::string(name->text()), std::string(text->text())};
}

// The text of a rule file, or several files by name.
std::vector<RuleText> filesOf(const Call& call, json::Faults& faults) {
  const json::Document body(call.request.body, "body");
  const auto files = body.root().is(Kind::object) ? body.root().member("files") : std::nullopt;
  if (!files) return {{call.target.parameter("name").value_or("body"), call.request.body}};
  faults = body.faults();
  std::vector<RuleText> out;
  if (!json::expect(*files, Kind::array, faults)) return out;
  for (const json::Node& node : files->children())
    if (auto file = fileOf(node, faults)) out.push_back(std::move(*file));
  return out;
}

}  // namespace

Reply MappingApi::list(const Call&) {
  if (access_ == nullptr) return notKept();
  const auto sets = access_->ruleSets();
  if (!sets) return problem(sets.error());
  JsonText json;
  json.object(
      [&] { json.array("sets", *sets, [&](const RuleSetView& set) { json.object([&] { addSet(json, set); }); }); });
  return {200, std::string(kJson), json.take()};
}

Reply MappingApi::show(const Call& call) {
  if (access_ == nullptr) return notKept();
  const auto number = numberOf(call.name);
  if (!number) return problem(404, "Rule sets have numbers; /api/v1/mapping/sets lists them.");
  const auto set = access_->ruleSet(*number);
  if (!set) return problem(set.error());
  JsonText json;
  json.object([&] {
    addSet(json, set->head);
    json.text("text", set->json);
  });
  return {200, std::string(kJson), json.take()};
}

Reply MappingApi::difference(const Call& call) {
  if (access_ == nullptr) return notKept();
  const auto from = numberOf(call.target.parameter("from").value_or(""));
  const auto to = numberOf(call.target.parameter("to").value_or(""));
  if (!from || !to) return problem(400, "'from' and 'to' must be numbers of rule sets: ?from=1&to=2.");
  const auto found = access_->difference(*from, *to);
  if (!found) return problem(found.error());
  JsonText json;
  json.object([&] {
    json.number("from", found->from);
    json.number("to", found->to);
    json.array("changes", found->changes, [&](const RuleChangeView& change) {
      json.object([&] {
        json.text("kind", change.kind);
        json.text("name", change.name);
        if (!change.before.empty()) json.json("before", change.before);
        if (!change.after.empty()) json.json("after", change.after);
      });
    });
    json.boolean("reordered", found->reordered);
  });
  return {200, std::string(kJson), json.take()};
}

Reply MappingApi::apply(const Call& call) {
  if (access_ == nullptr) return notKept();
  if (call.request.body.empty())
    return problem(400, std::string("The body is the text of a rule file, or of several: ") + kFilesExample);
  json::Faults faults;
  const auto files = filesOf(call, faults);
  if (!faults.empty()) return faulty(400, "The body does not say which rules to apply.", faults);
  return answer(access_->apply(files));
}

Reply MappingApi::rollBack(const Call& call) {
  if (access_ == nullptr) return notKept();
  std::optional<std::uint32_t> number;
  if (!call.request.body.empty()) {
    const json::Document body(call.request.body, "body");
    json::Faults faults = body.faults();
    const auto root = body.root();
    const auto to = faults.empty() && json::expect(root, Kind::object, faults) ? root.member("to") : std::nullopt;
    const auto given = to ? json::readInteger(*to, 1, kLargestNumber, faults) : std::nullopt;
    if (!faults.empty()) return faulty(400, R"(The body says to which set: {"to":1}.)", faults);
    if (given) number = static_cast<std::uint32_t>(*given);
  }
  return answer(access_->rollBack(number));
}

Reply MappingApi::reload(const Call&) {
  if (access_ == nullptr) return notKept();
  return answer(access_->reload());
}

}  // namespace isthmus::status
