#include "ipe/app/doctor_command.h"

#include "ipe/app/cse_binding.h"
#include "ipe/app/device_options.h"
#include "ipe/app/exit_codes.h"
#include "ipe/app/settings.h"
#include "onem2m/doctor/doctor.h"
#include "onem2m/http/notify_server.h"

#include <CLI/CLI.hpp>
#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/NullStream.h>
#include <Poco/StreamCopier.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <iostream>
#include <random>

namespace isthmus::app {
namespace {

using onem2m::CseFacts;
using onem2m::Diagnosis;
using onem2m::Finding;
using onem2m::Verdict;

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::note: return "note";
    case Verdict::problem: return "PROBLEM";
    case Verdict::unknown: return "?";
  }
  return "";
}

std::string randomMark() {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::string mark;
  for (int i = 0; i < 8; ++i) mark += kLetters[random() % kLetters.size()];
  return mark;
}

// What onem2m.profile takes: only what was found out.
std::string profileText(const CseFacts& facts) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> json(buffer);
  json.SetIndent(' ', 2);
  const auto flag = [&json](const char* name, const std::optional<bool>& value) {
    if (!value) return;
    json.Key(name);
    json.Bool(*value);
  };
  json.StartObject();
  flag("refusesAcpi", facts.refusesAcpi);
  flag("refusesNode", facts.refusesNode);
  flag("refusesMgmtObj", facts.refusesMgmtObj);
  flag("refusesFlexContainer", facts.refusesFlexContainer);
  flag("refusesTimeSeries", facts.refusesTimeSeries);
  flag("refusesPollingChannel", facts.refusesPollingChannel);
  flag("refusesBlockingUpdate", facts.refusesBlockingUpdate);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

// Whether connections are kept is HTTP's own matter, which a oneM2M answer does not tell.
void checkKeepAlive(const config::Config& config, Diagnosis& diagnosis) {
  const config::Url& url = config.onem2m.cse;
  if (url.scheme != "http" || !diagnosis.reachable) return;
  try {
    Poco::Net::HTTPClientSession session(url.host, url.port);
    session.setKeepAlive(true);
    session.setTimeout(Poco::Timespan(10, 0));
    Poco::Net::HTTPRequest request("GET", url.path + "/" + config.onem2m.base, Poco::Net::HTTPMessage::HTTP_1_1);
    request.set("X-M2M-Origin", config.onem2m.originator);
    request.set("X-M2M-RI", "doctor-keep-alive");
    request.set("X-M2M-RVI", config.onem2m.release);
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    Poco::NullOutputStream nowhere;
    Poco::StreamCopier::copyStream(session.receiveResponse(response), nowhere);
    const bool kept = response.getKeepAlive();
    diagnosis.findings.push_back({"connections", kept ? Verdict::ok : Verdict::note,
                                  kept ? "kept for the next request" : "closed after each answer",
                                  kept ? "" : "each value costs a connection: where it can be switched on, do"});
  } catch (const Poco::Exception& fault) {
    diagnosis.findings.push_back({"connections", Verdict::unknown, fault.displayText(), {}});
  }
}

// What a CSE says cannot command the terminal.
std::string tame(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

void printTable(const Diagnosis& diagnosis) {
  std::size_t width = 0;
  for (const Finding& finding : diagnosis.findings) width = std::max(width, finding.what.size());
  for (const Finding& finding : diagnosis.findings) {
    std::string verdict(word(finding.verdict));
    verdict.resize(9, ' ');
    std::string what = finding.what;
    what.resize(width + 2, ' ');
    std::cout << verdict << what << tame(finding.found) << "\n";
    if (finding.verdict != Verdict::ok && !finding.advice.empty())
      std::cout << std::string(11 + width, ' ') << "-> " << tame(finding.advice) << "\n";
  }
}

ConfigArguments withOptions(const DoctorArguments& arguments) {
  ConfigArguments config = arguments.config;
  const auto set = [&config](const char* key, const std::string& value) {
    if (!value.empty()) config.overrides.push_back(std::string(key) + "=" + value);
  };
  set("onem2m.cse", arguments.cse);
  set("onem2m.base", arguments.base);
  set("onem2m.cseId", arguments.cseId);
  set("onem2m.originator", arguments.originator);
  return config;
}

// Where the CSE's notifications come in while it is examined: by the broker, or to a port of our own.
struct Ear {
  onem2m::Listener listener;
  std::unique_ptr<onem2m::NotifyServer> server;
  std::string pointOfAccess;  // "": the CSE could not reach it
};

// At the configured address, if nobody listens there; else at any, which a CSE on this machine can reach.
void openEar(const config::Config& config, onem2m::NotificationSource* source, Ear& ear) {
  const config::Config::Notify& notify = config.onem2m.notify;
  if (source != nullptr) {
    source->setSink(&ear.listener);
    ear.pointOfAccess = notify.url->toString();
    return;
  }
  onem2m::NotifyServerOptions options;
  if (notify.listen && notify.url) {
    options.listen = notify.listen->toString();
    if (auto started = onem2m::NotifyServer::start(ear.listener, options)) {
      ear.server = std::move(*started);
      ear.pointOfAccess = notify.url->toString();
      return;
    }
  }
  const std::string& host = config.onem2m.cse.host;
  if (!host.starts_with("127.") && host != "localhost" && host != "::1") return;
  options.listen = "127.0.0.1:0";
  auto started = onem2m::NotifyServer::start(ear.listener, options);
  if (!started) return;
  ear.server = std::move(*started);
  ear.pointOfAccess = ear.server->url();
}

// In another serialisation; null where even the configuration does not allow it. The binding lives as long as its
// connections.
std::unique_ptr<onem2m::Connection> connectIn(config::Config config, onem2m::Serialisation serialisation,
                                              const std::string& guest) {
  config.onem2m.serialisation = static_cast<config::Serialisation>(serialisation);
  // A name of its own: of two clients with one name a broker keeps the later.
  auto made = makeCseBinding(config, guest + std::string(onem2m::name(serialisation)));
  return made ? made->binding->connect() : nullptr;
}

}  // namespace

void addDoctor(CLI::App& app, DoctorArguments& arguments, int& status) {
  CLI::App* doctor = app.add_subcommand(
      "doctor", "ask a CSE what it can do, below an AE of its own that is removed again; print a profile");
  addConfigOptions(*doctor, arguments.config);
  doctor->add_option("--cse", arguments.cse, "its address, such as http://127.0.0.1:8080");
  doctor->add_option("--base", arguments.base, "resource name of its CSEBase");
  doctor->add_option("--cse-id", arguments.cseId, "its CSE-ID, such as /id-in");
  doctor->add_option("--originator", arguments.originator, "who asks first");
  doctor->add_option("-o,--output", arguments.output, "table, or json: what onem2m.profile takes")
      ->check(CLI::IsMember({"table", "json"}));
  doctor->callback([&arguments, &status] { status = doctorCommand(arguments); });
}

int doctorCommand(const DoctorArguments& arguments) {
  const std::optional<config::Config> config = readConfig(withOptions(arguments));
  if (!config) return kConfiguration;
  const std::string mark = randomMark();
  const std::string guest = onem2m::Doctor::originatorOf(mark);
  const auto made = makeCseBinding(*config, guest);
  if (!made) {
    std::cerr << made.error().text() << "\n";
    return kConfiguration;
  }
  const SystemClock clock;
  const onem2m::CseSettings settings = cseSettings(*config);
  Ear ear;
  openEar(*config, made->notifications, ear);
  onem2m::Doctor doctor({[&made] { return made->binding->connect(); },
                         [&config, &guest](onem2m::Serialisation each) { return connectIn(*config, each, guest); },
                         settings, clock, ear.pointOfAccess.empty() ? nullptr : &ear.listener, ear.pointOfAccess,
                         mark});
  std::cerr << "asking " << config->onem2m.cse.toString() << " ...\n";
  Diagnosis diagnosis = doctor.examine();
  if (made->notifications != nullptr) made->notifications->setSink(nullptr);
  checkKeepAlive(*config, diagnosis);
  if (arguments.output == "json" && diagnosis.reachable)
    std::cout << profileText(diagnosis.facts) << "\n";
  else
    printTable(diagnosis);
  if (!diagnosis.reachable) return kUnavailable;
  const bool healthy = std::ranges::none_of(diagnosis.findings,
                                            [](const Finding& finding) { return finding.verdict == Verdict::problem; });
  if (arguments.output == "table") std::cerr << "isthmus doctor -o json prints this as a profile for onem2m.profile\n";
  return healthy ? kOk : kFindings;
}

}  // namespace isthmus::app
