#include "onem2m/client/proxy_place.h"

#include "onem2m/codec/answer.h"
#include "onem2m/codec/representation.h"

#include <algorithm>
#include <array>

namespace isthmus::onem2m {
namespace {

constexpr int kReading = acop::kRetrieve | acop::kDiscovery;
constexpr int kOperating = kReading | acop::kCreate | acop::kUpdate;

// An AE-ID as CSEs write it: "CIsthmus", "/id-in/CIsthmus".
std::string_view stemOf(std::string_view aeId) { return aeId.substr(aeId.rfind('/') + 1); }

std::string_view withoutTrailingSlash(std::string_view url) {
  if (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

bool sameReachability(const AeResource& found, const AeResource& wanted) {
  const bool samePoints =
      std::ranges::equal(found.pointsOfAccess, wanted.pointsOfAccess, {}, withoutTrailingSlash, withoutTrailingSlash);
  return samePoints && found.reachable.value_or(false) == wanted.reachable.value_or(false);
}

// Rules in one order, so that two sets can be compared however the CSE lists them.
std::vector<AccessRule> ordered(std::vector<AccessRule> rules) {
  for (AccessRule& rule : rules) {
    for (std::string& originator : rule.originators) originator = stemOf(originator);
    std::ranges::sort(rule.originators);
  }
  std::ranges::sort(rules, [](const AccessRule& a, const AccessRule& b) {
    return std::tie(a.operations, a.originators) < std::tie(b.operations, b.originators);
  });
  return rules;
}

bool samePolicy(const PolicyResource& a, const PolicyResource& b) {
  return ordered(a.privileges) == ordered(b.privileges) && ordered(a.selfPrivileges) == ordered(b.selfPrivileges);
}

// "There already" is said as 4105 by all, 4117 (ACME, tinyIoT) or 4106 (Mobius) where the AE-ID is known.
bool aeIsThere(const Attempt& attempt) {
  return attempt.outcome == Outcome::alreadyThere || attempt.status == rsc::kOriginatorHasAlreadyRegistered ||
         attempt.status == rsc::kOriginatorHasNotRegistered;
}

}  // namespace

std::vector<std::string> supportedReleases(std::string_view release) {
  constexpr std::array<std::string_view, 4> kReleases = {"2a", "3", "4", "5"};
  std::vector<std::string> out;
  if (release.empty()) return out;  // release 1 knows no `srv`
  for (const std::string_view known : kReleases) {
    out.emplace_back(known);
    if (known == release) return out;
  }
  return {std::string(release)};
}

void setReachability(AeResource& ae, const CseSettings& settings) {
  ae.reachable = !settings.notifyUrl.empty();
  if (*ae.reachable) ae.pointsOfAccess = {settings.notifyUrl};
}

std::string proxyPath(const CseSettings& settings) { return settings.base + "/" + settings.name; }

std::string policyPath(const CseSettings& settings, std::string_view policy) {
  return proxyPath(settings).append("/").append(policy);
}

Attempt withoutBase(const CseSettings& settings, Attempt attempt) {
  attempt.outcome = Outcome::busy;
  attempt.reason += "; it is starting, or onem2m.base is not its CSEBase (" + settings.base + ")";
  return attempt;
}

Attempt ProxyPlace::sync() {
  const Attempt ae = syncAe();
  if (ae.outcome != Outcome::done || profile_.refusesAcpi) return ae;
  const std::vector<AccessRule> own = {{{settings_.originator}, acop::kAll}};
  for (const PolicyResource& policy : {PolicyResource{std::string(kReadersPolicy), readersRules(), own},
                                       PolicyResource{std::string(kOperatorsPolicy), operatorsRules(), own}}) {
    const Attempt attempt = syncPolicy(policy);
    if (attempt.outcome != Outcome::rejected) {
      if (attempt.outcome != Outcome::done) return attempt;
      continue;
    }
    profile_.refusesAcpi = true;
    return {Outcome::done, attempt.status, "the CSE takes no access control policy: " + attempt.reason};
  }
  return ae;
}

Attempt ProxyPlace::syncAe() {
  AeResource ae;
  ae.name = settings_.name;
  ae.appId = "Nisthmus";
  ae.appName = "Isthmus";
  ae.releases = supportedReleases(settings_.release);
  if (!settings_.labels.technology.empty()) ae.labels = {settings_.labels.technology};
  setReachability(ae, settings_);
  Attempt attempt = attemptOf(requester_.create(settings_.base, settings_.originator, ResourceType::ae, toJson(ae)));
  if (attempt.outcome == Outcome::done) return attempt;
  if (aeIsThere(attempt)) return adoptAe(attempt);
  attempt.reason = "AE " + proxyPath(settings_) + " by " + settings_.originator + ": " + attempt.reason;
  if (attempt.outcome == Outcome::noParent) return withoutBase(settings_, std::move(attempt));
  return attempt;
}

Attempt ProxyPlace::adoptAe(const Attempt& refusal) {
  const std::string path = proxyPath(settings_);
  const auto answer = requester_.retrieve(path, settings_.originator);
  Attempt attempt = attemptOf(answer);
  if (attempt.outcome == Outcome::noParent) {
    return {Outcome::notAllowed, refusal.status,
            settings_.originator + " is registered, but not as " + path +
                ": onem2m.name or onem2m.originator has to change"};
  }
  if (attempt.outcome == Outcome::notAllowed) attempt.reason = path + " belongs to another AE: " + attempt.reason;
  if (attempt.outcome != Outcome::done) return attempt;
  const auto found = readAe(answer->content);
  if (found && !found->aeId.empty() && stemOf(found->aeId) != stemOf(settings_.originator)) {
    return {Outcome::notAllowed, refusal.status,
            path + " is the AE of " + found->aeId + ", not of " + settings_.originator};
  }
  AeResource wanted;
  setReachability(wanted, settings_);
  if (found && sameReachability(*found, wanted)) return attempt;
  attempt = attemptOf(requester_.update(path, settings_.originator, toJson(wanted)));
  if (attempt.outcome != Outcome::done) attempt.reason = "poa of " + path + ": " + attempt.reason;
  return attempt;
}

std::vector<AccessRule> ProxyPlace::readersRules() const {
  std::vector<AccessRule> rules = {{{settings_.originator}, acop::kAll}};
  if (!settings_.readers.empty()) rules.push_back({settings_.readers, kReading});
  return rules;
}

std::vector<AccessRule> ProxyPlace::operatorsRules() const {
  std::vector<AccessRule> rules = readersRules();
  if (!settings_.operators.empty()) rules.push_back({settings_.operators, kOperating});
  return rules;
}

Attempt ProxyPlace::syncPolicy(const PolicyResource& policy) {
  Attempt attempt = attemptOf(
      requester_.create(proxyPath(settings_), settings_.originator, ResourceType::accessControlPolicy, toJson(policy)));
  if (attempt.outcome == Outcome::done) madePolicies_ = true;
  if (attempt.outcome == Outcome::alreadyThere) attempt = adoptPolicy(policy);
  if (attempt.outcome != Outcome::done)
    attempt.reason = "ACP " + policyPath(settings_, policy.name) + ": " + attempt.reason;
  return attempt;
}

Attempt ProxyPlace::adoptPolicy(const PolicyResource& policy) {
  const std::string path = policyPath(settings_, policy.name);
  const auto answer = requester_.retrieve(path, settings_.originator);
  const Attempt attempt = attemptOf(answer);
  if (attempt.outcome != Outcome::done) return attempt;
  const auto found = readPolicy(answer->content);
  if (found && samePolicy(*found, policy)) return attempt;
  PolicyResource wanted = policy;
  wanted.name.clear();  // a name cannot be updated
  return attemptOf(requester_.update(path, settings_.originator, toJson(wanted)));
}

}  // namespace isthmus::onem2m
