#include "ipe/status/credential_api.h"

#include "ipe/status/json_text.h"

#include <rapidjson/document.h>

namespace isthmus::status {
namespace {

constexpr const char* kExample = R"({"identity":"sensor-7","key":"000102030405060708090a0b0c0d0e0f"})";

Reply notKept() { return problem(404, "No credentials are kept here."); }

Reply answer(const std::vector<CredentialView>& credentials) {
  JsonText json;
  json.object([&] {
    json.array("credentials", credentials, [&](const CredentialView& it) {
      json.object([&] {
        json.text("endpoint", it.endpoint);
        json.text("mode", "psk");
        json.text("identity", it.identity);
        json.number("failures", it.failures);
      });
    });
  });
  return {200, std::string(kJson), json.take()};
}

const rapidjson::Value* member(const rapidjson::Document& body, const char* name) {
  const auto found = body.FindMember(name);
  return found == body.MemberEnd() ? nullptr : &found->value;
}

Result<std::string> textMember(const rapidjson::Document& body, const char* name) {
  const rapidjson::Value* value = member(body, name);
  if (value == nullptr || !value->IsString())
    return fail(Errc::malformed, std::string("The body needs a text '") + name + "': " + kExample);
  return std::string(value->GetString(), value->GetStringLength());
}

Result<NewCredential> credentialOf(const Call& call) {
  rapidjson::Document body;
  body.Parse<rapidjson::kParseIterativeFlag>(call.request.body.data(), call.request.body.size());
  if (body.HasParseError() || !body.IsObject())
    return fail(Errc::malformed, std::string("The body must be a JSON object: ") + kExample);
  const rapidjson::Value* mode = member(body, "mode");
  if (mode != nullptr && *mode != "psk") return fail(Errc::malformed, "'mode' can only be 'psk'.");
  const rapidjson::Value* also = member(body, "also");
  if (also != nullptr && !also->IsBool()) return fail(Errc::malformed, "'also' must be true or false.");
  auto identity = textMember(body, "identity");
  if (!identity) return tl::unexpected(identity.error());
  const auto digits = textMember(body, "key");
  if (!digits) return tl::unexpected(digits.error());
  auto key = fromHex(*digits);
  if (!key) return fail(Errc::malformed, std::string("'key' must be hexadecimal digits: ") + kExample);
  return NewCredential{call.name, std::move(*identity), std::move(*key), also != nullptr && also->GetBool()};
}

}  // namespace

Reply CredentialApi::list(const Call&) {
  if (access_ == nullptr) return notKept();
  const auto credentials = access_->credentials();
  return credentials ? answer(*credentials) : problem(credentials.error());
}

Reply CredentialApi::show(const Call& call) {
  if (access_ == nullptr) return notKept();
  auto credentials = access_->credentials();
  if (!credentials) return problem(credentials.error());
  std::erase_if(*credentials, [&](const CredentialView& it) { return it.endpoint != call.name; });
  if (credentials->empty())
    return problem(404, "The endpoint '" + call.name + "' has no credential; PUT gives it one.");
  return answer(*credentials);
}

Reply CredentialApi::put(const Call& call) {
  if (access_ == nullptr) return notKept();
  const auto credential = credentialOf(call);
  if (!credential) return problem(credential.error());
  const auto kept = access_->putCredential(*credential);
  return kept ? Reply{204, "", ""} : problem(kept.error());
}

Reply CredentialApi::remove(const Call& call) {
  if (access_ == nullptr) return notKept();
  const auto removed = access_->removeCredential(call.name, call.target.parameter("identity"));
  return removed ? Reply{204, "", ""} : problem(removed.error());
}

}  // namespace isthmus::status
