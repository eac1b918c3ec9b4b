#include "onem2m/doctor/doctor.h"

#include "onem2m/client/outcome.h"
#include "onem2m/client/proxy_place.h"
#include "onem2m/codec/answer.h"
#include "onem2m/codec/cse_base.h"
#include "onem2m/codec/representation.h"
#include "onem2m/model/timestamp.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace isthmus::onem2m {
namespace {

constexpr milliseconds kClockTolerance{2000};
constexpr milliseconds kSerialisationPatience{3000};
constexpr milliseconds kNotificationPatience{5000};
constexpr std::size_t kKib = 1024;
constexpr std::array<std::size_t, 4> kSizes = {4 * kKib, 32 * kKib, 60 * kKib, 256 * kKib};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// To what is made below a container, told whole.
SubscriptionResource subscriptionOf(std::string name, std::string target) {
  SubscriptionResource subscription;
  subscription.name = std::move(name);
  subscription.notificationUris = {std::move(target)};
  subscription.events = {3};
  subscription.contentType = 1;
  return subscription;
}

std::string sizeText(std::size_t bytes) { return std::to_string(bytes / kKib) + " KiB"; }

}  // namespace

Doctor::Doctor(Parts parts)
    : parts_(std::move(parts)),
      name_("isthmus-doctor-" + parts_.mark),
      originator_(originatorOf(parts_.mark)),
      application_(originator_ + "App"),
      place_(parts_.settings.base + "/" + name_),
      requester_(parts_.connect(), parts_.settings, parts_.clock) {}

Diagnosis Doctor::examine() {
  if (!reach()) return std::move(diagnosis_);
  checkReleases();
  checkSerialisations();
  const bool registered = registerAe();
  readBase();
  if (registered) {
    checkContainers();
    checkSizes();
    checkPolicies();
    checkNode();
    checkMgmtObj();
    checkFlexContainer();
    checkTimeSeries();
    checkPollingChannel();
    checkSubscriptions();
    checkBlockingUpdate();
  }
  cleanUp();
  return std::move(diagnosis_);
}

void Doctor::find(std::string what, Verdict verdict, std::string found, std::string advice) {
  diagnosis_.findings.push_back({std::move(what), verdict, std::move(found), std::move(advice)});
}

// A refusal for want of rights says nothing about what the CSE can do; a 5000 to a well-formed resource does.
Doctor::Reply Doctor::replyOf(const Result<ResponsePrimitive>& answer) {
  const Attempt attempt = attemptOf(answer);
  Reply reply{Taken::no, attempt.reason, answer ? answer->content : std::string(), attempt.status};
  switch (attempt.outcome) {
    case Outcome::done: reply.taken = Taken::yes; break;
    case Outcome::notAllowed: reply.taken = Taken::notAllowed; break;
    case Outcome::inDoubt:
    case Outcome::unavailable:
    case Outcome::noParent: reply.taken = Taken::unclear; break;
    case Outcome::busy: reply.taken = attempt.status == rsc::kInternalServerError ? Taken::no : Taken::unclear; break;
    case Outcome::alreadyThere:
    case Outcome::rejected: break;
  }
  return reply;
}

Doctor::Reply Doctor::createAs(const std::string& from, const std::string& parent, ResourceType type,
                               const std::string& content) {
  return replyOf(requester_.create(parent, from, type, content));
}

Doctor::Reply Doctor::create(const std::string& parent, ResourceType type, const std::string& content) {
  return createAs(originator_, parent, type, content);
}

// Does the CSE refuse it? Nothing where that is not clear.
std::optional<bool> Doctor::judge(const std::string& what, const Reply& reply, const std::string& without) {
  switch (reply.taken) {
    case Taken::yes: find(what, Verdict::ok, "accepted"); return false;
    case Taken::no: find(what, Verdict::note, "refused: " + reply.text, without); return true;
    case Taken::notAllowed:
      find(what, Verdict::unknown, "not allowed for " + originator_ + ": " + reply.text, without);
      return std::nullopt;
    case Taken::unclear: break;
  }
  find(what, Verdict::unknown, "not found out: " + reply.text);
  return std::nullopt;
}

bool Doctor::reach() {
  const Instant began = parts_.clock.now();
  const Reply reply = replyOf(requester_.retrieve(parts_.settings.base, parts_.settings.originator));
  const auto took = std::to_string((parts_.clock.now() - began).count()) + " ms";
  if (reply.status == 0) {
    find("reachable", Verdict::problem, reply.text, "is onem2m.cse its address, and is it running?");
    return false;
  }
  if (reply.status == rsc::kNotFound) {
    find("reachable", Verdict::problem, "it answers, and has no CSEBase \"" + parts_.settings.base + "\"",
         "set onem2m.base to its resource name");
    return false;
  }
  diagnosis_.reachable = true;
  find("reachable", Verdict::ok, "answers in " + took);
  return true;
}

// By whoever may: a CSE shows it to its registered AEs only (the try-out CSE not even to them).
void Doctor::readBase() {
  Reply reply;
  for (const std::string& from : {parts_.settings.originator, originator_, parts_.settings.nodeOriginator}) {
    if (from.empty()) continue;
    reply = replyOf(requester_.retrieve(parts_.settings.base, from));
    if (reply.taken == Taken::yes) return checkBase(reply.content);
  }
  find("CSEBase", Verdict::unknown, "not to be read: " + reply.text,
       "isthmus doctor --originator names another one to ask");
}

void Doctor::checkBase(const std::string& content) {
  const auto base = readCseBase(content);
  if (!base) return find("CSEBase", Verdict::note, "not understood: " + base.error().text());
  if (!base->cseId.empty() && base->cseId != parts_.settings.cseId)
    find("CSE-ID", Verdict::problem, "it calls itself " + base->cseId + ", not " + parts_.settings.cseId,
         "set onem2m.cseId to " + base->cseId);
  else
    find("CSE-ID", Verdict::ok, base->cseId.empty() ? "not said" : base->cseId);
  if (!base->releases.empty()) find("releases, as it says", Verdict::ok, joined(base->releases));
  if (!base->serialisations.empty()) find("serialisations, as it says", Verdict::ok, joined(base->serialisations));
}

// Each asked for in so many words: what a CSE says and what it takes are two things.
void Doctor::checkReleases() {
  std::vector<std::string>& releases = diagnosis_.facts.releases;
  for (const char* const release : {"1", "2", "2a", "3", "4", "5"}) {
    CseSettings settings = parts_.settings;
    settings.release = release;
    Requester asker(parts_.connect(), settings, parts_.clock);
    const Reply reply = replyOf(asker.retrieve(settings.base, settings.originator));
    const bool taken =
        reply.status != 0 && reply.status != rsc::kReleaseVersionNotSupported && reply.status != rsc::kBadRequest;
    if (taken) releases.emplace_back(release);
  }
  const std::string& own = parts_.settings.release;
  if (std::ranges::find(releases, own) != releases.end())
    return find("releases", Verdict::ok, "answers to " + joined(releases));
  find("releases", Verdict::problem, "answers to " + joined(releases) + ", not to " + own,
       releases.empty() ? "" : "set onem2m.release to " + releases.back());
}

void Doctor::checkSerialisations() {
  if (!parts_.connectIn) return;
  std::vector<std::string> understood;
  CseSettings settings = parts_.settings;
  settings.patience = kSerialisationPatience;  // over MQTT nobody answers to one that nobody knows
  for (const auto each : {Serialisation::json, Serialisation::xml, Serialisation::cbor}) {
    auto connection = parts_.connectIn(each);
    if (!connection) continue;
    Requester asker(std::move(connection), settings, parts_.clock);
    // What it wants written is refused by a CSE that only answers in it: so it has to read something.
    const Reply reply = replyOf(asker.create(parts_.settings.base + "/" + name_ + "-none", originator_,
                                             ResourceType::container, R"({"m2m:cnt":{"rn":"x"}})"));
    const bool read = reply.status == rsc::kNotFound || reply.taken == Taken::notAllowed;
    if (read) understood.emplace_back(onem2m::name(each));
  }
  find("serialisations", understood.empty() ? Verdict::unknown : Verdict::ok,
       understood.empty() ? "not found out" : "reads " + joined(understood));
}

bool Doctor::registerAe() {
  AeResource ae;
  ae.name = name_;
  ae.appId = "Nisthmus.doctor";
  ae.reachable = parts_.listener != nullptr;
  if (parts_.listener != nullptr) ae.pointsOfAccess = {parts_.pointOfAccess};
  ae.releases = supportedReleases(parts_.settings.release);
  const WallTime before = parts_.clock.wall();
  const Reply reply = createAs(originator_, parts_.settings.base, ResourceType::ae, toJson(ae));
  if (reply.taken != Taken::yes) {
    find("AE", Verdict::problem, "an AE " + originator_ + " is not taken: " + reply.text,
         "let AE-IDs that begin with C register, or use onem2m.layout single-ae with an AE-ID that is let in");
    return false;
  }
  find("AE", Verdict::ok, "registers with the AE-ID that it asks for");
  const auto aeId = readAttribute(reply.content, "aei");
  if (aeId && !aeId->empty() && *aeId != originator_)
    find("AE-ID", Verdict::problem, "it gave the AE-ID " + *aeId + " instead of " + originator_);
  checkClock(readAttribute(reply.content, "ct").value_or(""), before, parts_.clock.wall());
  return true;
}

void Doctor::checkClock(const std::string& timestamp, WallTime before, WallTime after) {
  const auto created = fromTimestamp(timestamp);
  if (!created) return find("clock", Verdict::unknown, "the answer has no ct");
  milliseconds ahead{0};
  if (*created > after) ahead = *created - after;
  // Mobius says seconds only, so up to one may be missing.
  if (*created + seconds(1) < before) ahead = *created + seconds(1) - before;
  diagnosis_.facts.clockAhead = ahead;
  const std::string text = std::to_string(std::llabs(ahead.count())) + " ms ";
  if (std::chrono::abs(ahead) <= kClockTolerance) return find("clock", Verdict::ok, "goes as ours");
  find("clock", Verdict::note, "is " + text + (ahead.count() > 0 ? "ahead of ours" : "behind ours"),
       "set both clocks by NTP: times in requests would be taken for past ones");
}

void Doctor::checkContainers() {
  const Reply container = create(place_, ResourceType::container, toJson(ContainerResource{"values", {}, {}, 10, 0}));
  if (container.taken != Taken::yes)
    return find("container", Verdict::problem, "not taken: " + container.text, "Isthmus cannot store values here");
  find("container", Verdict::ok, "accepted, with mni");
  const ContentInstance instance{"1700000000000-0000000001-doctor", "21.5", "text/plain:0", nullptr};
  const Reply created = create(place_ + "/values", ResourceType::contentInstance, toJson(instance));
  if (created.taken != Taken::yes)
    return find("contentInstance", Verdict::problem, "with a name of ours not taken: " + created.text,
                "let the CSE take rn in contentInstances: without, a value could be stored twice");
  checkName(created);
  const Reply again = create(place_ + "/values", ResourceType::contentInstance, toJson(instance));
  if (again.taken == Taken::yes)
    find("same name again", Verdict::problem, "taken as well", "a value in doubt may be stored twice here");
  else
    find("same name again", Verdict::ok, "refused: " + again.text);
  const auto latest = requester_.retrieve(place_ + "/values/la", originator_);
  const auto content = latest && latest->status < 3000 ? readContent(latest->content) : Result<std::string>();
  if (content && *content == "21.5")
    find("latest value", Verdict::ok, "read back as it was written");
  else
    find("latest value", Verdict::note, "not what was written: " + replyOf(latest).text);
}

void Doctor::checkName(const Reply& created) {
  const std::string path = place_ + "/values/1700000000000-0000000001-doctor";
  const auto byName = requester_.retrieve(path, originator_);
  const auto name = byName ? readResourceName(byName->content) : readResourceName(created.content);
  if (name && *name == "1700000000000-0000000001-doctor")
    return find("contentInstance", Verdict::ok, "accepted, and keeps the name");
  find("contentInstance", Verdict::problem, "accepted, but not under the name that it was given",
       "a value in doubt may be stored twice here");
}

// Stops at the first that is not taken or does not come back whole: what lies above is nobody's business.
void Doctor::checkSizes() {
  std::size_t largest = 0;
  std::string refusal;
  for (const std::size_t size : kSizes) {
    const std::string name = "size-" + std::to_string(size);
    const std::string content(size, 'x');
    const Reply reply = create(place_ + "/values", ResourceType::contentInstance,
                               toJson(ContentInstance{name, content, "text/plain:0", nullptr}));
    if (reply.taken != Taken::yes) {
      refusal = reply.text;
      break;
    }
    const auto back = requester_.retrieve(place_ + "/values/" + name, originator_);
    const auto read = back ? readContent(back->content) : Result<std::string>(tl::unexpected(back.error()));
    if (!read || read->size() != size) {
      refusal = "taken, but not given back whole";
      break;
    }
    largest = size;
  }
  if (refusal.empty()) return find("size of a value", Verdict::ok, "at least " + sizeText(largest));
  find("size of a value", largest == 0 ? Verdict::problem : Verdict::note,
       "up to " + sizeText(largest) + "; more: " + refusal);
}

void Doctor::checkPolicies() {
  const std::vector<AccessRule> all = {{{originator_, application_}, acop::kAll}};
  const Reply policy = create(place_, ResourceType::accessControlPolicy, toJson(PolicyResource{"policy", all, all}));
  if (policy.taken != Taken::yes) {
    diagnosis_.facts.refusesAcpi = true;
    return find("accessControlPolicy", Verdict::note, "refused: " + policy.text,
                "who may read is then for the CSE's operator to say");
  }
  find("accessControlPolicy", Verdict::ok, "accepted");
  policyPath_ = place_ + "/policy";
  const Reply guarded =
      create(place_, ResourceType::container, toJson(ContainerResource{"guarded", {}, {policyPath_}, 0, 0}));
  diagnosis_.facts.refusesAcpi =
      judge("acpi", guarded, "resources are made without; who may read is then for the CSE's operator to say");
}

void Doctor::checkNode() {
  nodeOriginator_ = parts_.settings.nodeOriginator.empty() ? originator_ : parts_.settings.nodeOriginator;
  const NodeResource node{name_ + ".node", name_, {}, {}, {}};
  const Reply reply = createAs(nodeOriginator_, parts_.settings.base, ResourceType::node, toJson(node));
  if (reply.taken == Taken::yes) nodePath_ = parts_.settings.base + "/" + node.name;
  const std::string advice = reply.taken == Taken::notAllowed
                                 ? "name an AE-ID that may make nodes in onem2m.nodeOriginator (on ACME the admin)"
                                 : "devices are served without";
  diagnosis_.facts.refusesNode = judge("node", reply, advice);
  if (diagnosis_.facts.refusesNode == true) diagnosis_.facts.refusesMgmtObj = true;
}

void Doctor::checkMgmtObj() {
  if (nodePath_.empty()) return find("mgmtObj", Verdict::unknown, "needs a node");
  const Reply reply = createAs(nodeOriginator_, nodePath_, ResourceType::mgmtObj,
                               R"({"m2m:bat":{"rn":"battery","mgd":1006,"btl":88,"bts":1}})");
  diagnosis_.facts.refusesMgmtObj = judge("mgmtObj", reply, "rules with form mgmtObj have no use here");
}

void Doctor::checkFlexContainer() {
  const Reply reply =
      create(place_, ResourceType::flexContainer,
             R"({"cod:tempe":{"rn":"flex","cnd":"org.onem2m.common.moduleclass.temperature","curT0":21.5)" +
                 (policyPath_.empty() ? std::string() : R"(,"acpi":[")" + policyPath_ + R"("])") + "}}");
  diagnosis_.facts.refusesFlexContainer =
      judge("flexContainer", reply, "rules with form flexContainer have no use here");
}

void Doctor::checkTimeSeries() {
  Reply reply = create(place_, ResourceType::timeSeries, R"({"m2m:ts":{"rn":"series","mni":10}})");
  if (reply.taken == Taken::yes)
    reply = create(place_ + "/series", ResourceType::timeSeriesInstance,
                   R"({"m2m:tsi":{"dgt":")" + toM2mTimestamp(parts_.clock.wall()) + R"(","con":"21.5"}})");
  diagnosis_.facts.refusesTimeSeries = judge("timeSeries", reply, "rules with form timeSeries have no use here");
}

void Doctor::checkPollingChannel() {
  const Reply reply = create(place_, ResourceType::pollingChannel, R"({"m2m:pch":{"rn":"channel"}})");
  diagnosis_.facts.refusesPollingChannel =
      judge("pollingChannel", reply, "notifications need an address that the CSE can reach: onem2m.notify");
}

// To the one who makes it: as Isthmus does, so that nobody has to be asked whether he wants it.
void Doctor::checkSubscriptions() {
  const SubscriptionResource own = subscriptionOf("own", originator_);
  const Reply reply = create(place_ + "/values", ResourceType::subscription, toJson(own));
  if (reply.taken == Taken::yes) {
    find("subscription", Verdict::ok, "accepted for who makes it, without asking back");
    return parts_.listener != nullptr ? checkVerification()
                                      : find("notifications", Verdict::unknown, "not tried",
                                             "onem2m.notify says where the CSE can reach Isthmus");
  }
  const bool verified = reply.status == rsc::kSubscriptionVerificationInitiationFailed;
  find("subscription", Verdict::note, (verified ? "asks back first: " : "refused: ") + reply.text,
       verified ? "onem2m.notify.url has to be reachable for the CSE" : "commands from the CSE will not come");
}

// How it asks whether a stranger's address wants the notifications: first it is told no.
void Doctor::checkVerification() {
  const SubscriptionResource foreign = subscriptionOf("foreign", parts_.pointOfAccess);
  parts_.listener->answerWith(rsc::kBadRequest);
  Reply reply = create(place_ + "/values", ResourceType::subscription, toJson(foreign));
  const bool asks = parts_.listener->heard().verifications > 0;
  parts_.listener->answerWith(rsc::kOk);
  if (reply.taken == Taken::yes) {
    find("verification", Verdict::ok, asks ? "asks an address back, and takes any answer" : "asks no address back");
  } else {
    reply = create(place_ + "/values", ResourceType::subscription, toJson(foreign));
    if (reply.taken == Taken::yes)
      find("verification", Verdict::ok, "asks an address back, and wants 2000");
    else
      find("verification", Verdict::note, "an address of ours is not taken: " + reply.text);
  }
  checkNotifications();
}

void Doctor::checkNotifications() {
  const unsigned before = parts_.listener->heard().events;
  const Instant began = parts_.clock.now();
  const ContentInstance instance{"1700000000000-0000000002-doctor", "22", "text/plain:0", nullptr};
  const Reply reply = create(place_ + "/values", ResourceType::contentInstance, toJson(instance));
  if (reply.taken != Taken::yes) return find("notifications", Verdict::unknown, "not tried: " + reply.text);
  if (!parts_.listener->awaitEvents(before, kNotificationPatience))
    return find("notifications", Verdict::problem, "do not arrive at " + parts_.pointOfAccess,
                "onem2m.notify.url has to be an address at which the CSE reaches this machine");
  const auto took = std::to_string((parts_.clock.now() - began).count()) + " ms";
  find("notifications", Verdict::ok, "arrive at " + parts_.pointOfAccess + " within " + took);
}

void Doctor::checkBlockingUpdate() {
  if (diagnosis_.facts.refusesFlexContainer != false)
    return find("blocking update", Verdict::unknown, "needs a flexContainer");
  const Reply reply = create(place_ + "/flex", ResourceType::subscription,
                             R"({"m2m:sub":{"rn":"blocking","nu":[")" + originator_ + R"("],"enc":{"net":[7]}}})");
  diagnosis_.facts.refusesBlockingUpdate =
      judge("blocking update", reply, "an application is answered before the device has been");
  if (diagnosis_.facts.refusesBlockingUpdate == false && parts_.listener != nullptr) checkHolding();
}

// An application's UPDATE that the listener refuses: does the application hear of it (TS-0004 7.4.8.2.1)?
void Doctor::checkHolding() {
  AeResource application;
  application.name = name_ + "-app";
  application.appId = "Nisthmus.doctor";
  application.reachable = false;
  application.releases = supportedReleases(parts_.settings.release);
  const Reply registered = createAs(application_, parts_.settings.base, ResourceType::ae, toJson(application));
  if (registered.taken != Taken::yes) return;
  // Who is notified has to allow it to whoever caused it (ACME).
  if (!policyPath_.empty())
    (void)requester_.update(place_, originator_, R"({"m2m:ae":{"acpi":[")" + policyPath_ + R"("]}})");
  parts_.listener->answerWith(rsc::kOperationNotAllowed);
  const Reply reply = replyOf(requester_.update(place_ + "/flex", application_, R"({"cod:tempe":{"curT0":22.5}})"));
  parts_.listener->answerWith(rsc::kOk);
  if (reply.taken == Taken::yes) {
    diagnosis_.facts.refusesBlockingUpdate = true;
    return find("waits for the device", Verdict::note, "no: the application is answered without it");
  }
  if (reply.status == rsc::kOriginatorHasNoPrivilege)
    return find("waits for the device", Verdict::unknown, "not found out: " + reply.text);
  find("waits for the device", Verdict::ok, "yes: the application hears what became of it (" + reply.text + ")");
}

void Doctor::cleanUp() {
  std::string left;
  const auto remove = [this, &left](const std::string& path, const std::string& from) {
    const Reply reply = replyOf(requester_.remove(path, from));
    if (reply.taken != Taken::yes && reply.status != rsc::kNotFound) left += " " + path + " (" + reply.text + ")";
  };
  if (!nodePath_.empty()) remove(nodePath_, nodeOriginator_);
  remove(place_ + "-app", application_);
  remove(place_, originator_);
  if (!left.empty()) find("cleaning up", Verdict::problem, "could not be removed:" + left, "remove it by hand");
}

}  // namespace isthmus::onem2m
