#include "onem2m/codec/notification.h"

#include "onem2m/codec/json_fields.h"

namespace isthmus::onem2m {
namespace {

using rapidjson::Document;
using rapidjson::Value;

tl::unexpected<Error> bad(std::string message, std::string where) {
  return fail(Errc::malformed, std::move(message), std::move(where));
}

const Value* member(const Value& holder, std::string_view shortName) {
  if (!holder.IsObject()) return nullptr;
  for (const auto& each : holder.GetObject())
    if (withoutPrefix(textOf(each.name)) == shortName) return &each.value;
  return nullptr;
}

NotifiedResource resourceOf(std::string_view root, const Value& value) {
  NotifiedResource out;
  out.root = root;
  if (!value.IsObject()) {  // nct 3: {"m2m:uri": "..."}
    if (value.IsString()) out.id = textOf(value);
    return out;
  }
  out.id = textAttribute(value, "ri");
  out.name = textAttribute(value, "rn");
  out.creator = textAttribute(value, "cr");
  out.created = textAttribute(value, "ct");
  if (const Value* tag = attribute(value, "st")) out.stateTag = integerOf(*tag);
  if (const Value* content = attribute(value, "con")) out.content = anyText(*content);
  for (const auto& each : value.GetObject())
    out.attributes.emplace_back(std::string(textOf(each.name)), compact(each.value));
  return out;
}

// TS-0004 6.3.5.13 notificationEvent
Result<void> readEvent(const Value& event, const std::string& where, Notification& out) {
  if (!event.IsObject()) return bad("a notificationEvent is an object", where);
  if (const Value* type = attribute(event, "net")) {
    out.event = integerOf(*type);
    if (!out.event) return bad("no notificationEventType", where + "/net");
  }
  const Value* shown = attribute(event, "rep");
  if (shown == nullptr) return {};
  if (!shown->IsObject()) return bad("a representation is an object", where + "/rep");
  if (shown->MemberCount() == 0) return {};
  const auto& first = *shown->MemberBegin();
  out.resource = resourceOf(textOf(first.name), first.value);
  return {};
}

Result<Notification> notificationOf(const Value& value, const std::string& where) {
  if (!value.IsObject()) return bad("a notification is an object", where);
  Notification out;
  out.subscription = textAttribute(value, "sur");
  out.creator = textAttribute(value, "cr");
  out.verification = booleanAttribute(value, "vrq").value_or(false);
  out.subscriptionDeleted = booleanAttribute(value, "sud").value_or(false);
  if (const Value* event = attribute(value, "nev")) {
    if (Result<void> read = readEvent(*event, where + "/nev", out); !read) return tl::unexpected(read.error());
  }
  if (out.subscription.empty() && !out.verification) return bad("the subscription is not named", where + "/sur");
  return out;
}

Result<void> readList(const Value& list, const std::string& where, std::vector<Notification>& out) {
  if (!list.IsArray()) {
    Result<Notification> one = notificationOf(list, where);
    if (!one) return tl::unexpected(one.error());
    out.push_back(std::move(*one));
    return {};
  }
  for (rapidjson::SizeType i = 0; i < list.Size(); ++i) {
    const Value* wrapped = member(list[i], "sgn");
    Result<Notification> one = notificationOf(wrapped != nullptr ? *wrapped : list[i], where + "/" + std::to_string(i));
    if (!one) return tl::unexpected(one.error());
    out.push_back(std::move(*one));
  }
  return {};
}

}  // namespace

Result<std::vector<Notification>> readNotifications(std::string_view json) {
  Document document;
  if (auto parsed = parse(document, json); !parsed) return tl::unexpected(parsed.error());
  std::vector<Notification> out;
  Result<void> read;
  if (const Value* batch = member(document, "agn")) {
    const Value* inner = member(*batch, "sgn");
    read = readList(inner != nullptr ? *inner : *batch, "/m2m:agn", out);
  } else if (const Value* single = member(document, "sgn")) {
    read = readList(*single, "/m2m:sgn", out);
  } else {
    return bad("neither m2m:sgn nor m2m:agn", "");
  }
  if (!read) return tl::unexpected(read.error());
  return out;
}

}  // namespace isthmus::onem2m
