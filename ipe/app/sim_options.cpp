#include "ipe/app/sim_options.h"

#include "ipe/base/bytes.h"
#include "ipe/base/clock.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace isthmus::app {
namespace {

// As they stand on the command line.
struct Given {
  std::string pskIdentity, pskKey;
  unsigned lifetime = 300, duration = 0, awake = 93;
  std::string enabler = "1.1";
  std::vector<unsigned> formats;
  bool everyFormat = false, noComposites = false, nonConfirmable = false;
};

CLI::Validator hexDigits() {
  return CLI::Validator(
      [](const std::string& text) { return fromHex(text) ? std::string() : "not hexadecimal digits"; }, "HEX");
}

void addTraits(CLI::App& sim, lwm2m::DeviceTraits& traits, Given& given) {
  sim.add_option("--objects", traits.objects, "objects the devices have, 1,3,3442,...")->delimiter(',');
  sim.add_option("--enabler", given.enabler, "LwM2M version")->check(CLI::IsMember({"1.0", "1.1", "1.2"}));
  sim.add_option("--formats", given.formats, "content formats offered and understood, 0,110,11542,...")->delimiter(',');
  sim.add_flag("--every-format", given.everyFormat, "offer every format that the LwM2M version has");
  sim.add_option("--root", traits.rootPath, "alternate root path, /lwm2m");
  sim.add_option("--gateway", traits.prefixes, "be gateways with an end device behind each of these prefixes")
      ->delimiter(',');
  sim.add_flag("--queue", traits.queueMode, "queue mode: sleep between Updates");
  sim.add_option("--awake", given.awake, "seconds from the last message to sleep");
  sim.add_flag("--no-composites", given.noComposites, "never answer FETCH and iPATCH, as wakaama does");
  sim.add_flag("--non", given.nonConfirmable, "notify without asking for acknowledgement");
  sim.add_flag("--timestamps", traits.timestamps, "say when each value was measured, in SenML");
}

lwm2m::FleetOptions optionsOf(const SimArguments& arguments, const Given& given) {
  lwm2m::FleetOptions options = arguments.fleet;
  lwm2m::DeviceTraits& traits = options.traits;
  traits.lifetime = seconds(given.lifetime);
  traits.awake = seconds(given.awake);
  traits.enabler = lwm2m::Version::parse(given.enabler).value_or(traits.enabler);
  traits.composites = !given.noComposites;
  traits.confirmable = !given.nonConfirmable;
  if (given.everyFormat || !given.formats.empty()) traits.formats.clear();
  for (const unsigned format : given.formats) traits.formats.push_back(static_cast<lwm2m::ContentFormat>(format));
  if (!given.pskKey.empty()) options.key = lwm2m::FleetKey{given.pskIdentity, fromHex(given.pskKey).value_or(Bytes{})};
  if (given.duration > 0) options.duration = seconds(given.duration);
  return options;
}

}  // namespace

void addSim(CLI::App& app, SimArguments& arguments, int& status) {
  CLI::App* sim = app.add_subcommand("sim", "simulate LwM2M devices");
  const auto given = std::make_shared<Given>();
  sim->add_option("--server", arguments.fleet.server, "coap://HOST:PORT, or coaps://HOST:PORT with a key");
  sim->add_option("--also", arguments.fleet.others, "further servers, each with an account of its own on the devices");
  sim->add_option("--psk-identity", given->pskIdentity,
                  "PSK identity; {n}: the device's number; default: the endpoint name");
  sim->add_option("--psk-key", given->pskKey, "pre-shared key in hexadecimal digits")->check(hexDigits());
  sim->add_option("--devices", arguments.fleet.devices, "how many");
  sim->add_option("--endpoint", arguments.fleet.prefix, "beginning of the endpoint names");
  sim->add_option("--lifetime", given->lifetime, "seconds");
  sim->add_option("--rate", arguments.fleet.rate, "notifications per second, all devices together");
  sim->add_flag("--attributes", arguments.fleet.obeysAttributes,
                "let notifications of the rate wait for the notification attributes");
  sim->add_option("--duration", given->duration, "end after so many seconds; 0: on Ctrl-C");
  addTraits(*sim, arguments.fleet.traits, *given);
  sim->callback([&arguments, &status, given] {
    arguments.fleet = optionsOf(arguments, *given);
    status = simCommand(arguments);
  });
}

}  // namespace isthmus::app
