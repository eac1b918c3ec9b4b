#include "ipe/app/commands.h"
#include "ipe/app/cse_binding.h"
#include "ipe/app/exit_codes.h"
#include "ipe/app/object_files.h"
#include "ipe/app/rules.h"
#include "ipe/app/runtime.h"
#include "ipe/app/settings.h"
#include "ipe/app/signals.h"
#include "mapping/rules/rule_file.h"

#include <cstdio>
#include <iostream>
#include <unistd.h>

namespace isthmus::app {
namespace {

void tell(const std::vector<Error>& faults) {
  for (const Error& fault : faults)
    std::cerr << (fault.where.empty() ? "" : fault.where + ": ") << fault.message << "\n";
}

int exitCodeOf(const Error& error) {
  switch (error.code) {
    case Errc::configuration:
    case Errc::malformed: return kConfiguration;
    case Errc::conflict:
    case Errc::unavailable:
    case Errc::io: return kUnavailable;
    default: return kInternal;
  }
}

}  // namespace

std::optional<config::Config> readConfig(const ConfigArguments& arguments) {
  config::ParsedConfig parsed = config::loadConfig(arguments.file, arguments.overrides, config::processEnvironment());
  if (parsed.faults.empty()) return std::move(parsed.config);
  tell(parsed.faults);
  return std::nullopt;
}

int runCommand(const ConfigArguments& arguments) {
  const std::optional<config::Config> config = readConfig(arguments);
  if (!config) return kConfiguration;
  Log log(config->log.level, config->log.format);
  const Signals signals(Signals::Hangup::reloads);
  auto runtime = Runtime::start(*config, log);
  if (!runtime) {
    log.error("start", runtime.error().text());
    return exitCodeOf(runtime.error());
  }
  const auto orOff = [](std::string url) { return url.empty() ? std::string("off") : url; };
  if ((*runtime)->lwm2mUrl().empty() && (*runtime)->secureUrl().empty())
    log.warn("start", "no device can come: set lwm2m.coap or lwm2m.coaps to listen for them");
  log.info("start", "isthmus " ISTHMUS_VERSION ": devices at " + orOff((*runtime)->lwm2mUrl()) + ", with keys at " +
                        orOff((*runtime)->secureUrl()) + ", CSE " + config->onem2m.cse.toString() + ", status at " +
                        orOff((*runtime)->statusUrl()));
  signals.waitAndReload([&] { (*runtime)->reloadRules(); });
  log.info("stop", "ending");
  if ((*runtime)->stop()) return kOk;
  log.warn("stop", "the CSE does not answer: ending without waiting for it; nothing that was acknowledged is lost");
  std::fflush(nullptr);
  _exit(kOk);
}

int checkCommand(const ConfigArguments& arguments) {
  const std::optional<config::Config> config = readConfig(arguments);
  if (!config) return kConfiguration;
  const mapping::ParsedRules rules = loadRules(*config);
  std::vector<Error> faults = rules.faults;
  const auto note = [&faults](const auto& result) {
    if (!result) faults.push_back(result.error());
  };
  Log log(LogLevel::warn, LogFormat::text);
  lwm2m::ObjectRegistry registry;
  note(loadObjectFiles(config->lwm2m.objects, registry, log));
  note(makeCseBinding(*config));
  note(checkBuiltIn(*config));
  tell(faults);
  if (!faults.empty()) return kConfiguration;
  for (const auto& [key, value] : config::describe(*config)) std::cout << key << " = " << value << "\n";
  std::cerr << "the configuration and its " << rules.set.rules.size() << " rules are fine\n";
  return kOk;
}

}  // namespace isthmus::app
