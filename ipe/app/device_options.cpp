#include "ipe/app/device_options.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string_view>

namespace isthmus::app {
namespace {

enum class Takes : std::uint8_t { nothing, endpoint, maybeEndpoint, path, paths, id };

struct Verb {
  const char* name;
  const char* help;
  Takes takes;
  const char* words = nullptr;  // what follows the path
  const char* wordsHelp = "";
  bool wordsNeeded = false;
  bool asksDevice = true;
};

constexpr Verb kVerbs[] = {
    {"ls", "list devices", Takes::nothing, nullptr, "", false, false},
    {"show", "one device: registration, last values, problems", Takes::endpoint, nullptr, "", false, false},
    {"read", "read an object, an instance or a resource; of several paths as one composite", Takes::paths},
    {"write",
     "write a resource, or the resources of an instance; of several at once: / "
     "'{\"/3/0/14\":\"+02\",\"/3/0/15\":\"UTC\"}'",
     Takes::path, "VALUE",
     "JSON (21.5, true, {\"5700\":21.5}); anything else is a text (--text: a number too). After -- it may begin with a "
     "dash",
     true},
    {"exec", "execute a resource", Takes::path, "ARGUMENTS", "as LwM2M writes them: 0='on' 1"},
    {"create", "create an instance of an object; without a number the device chooses it", Takes::path, "VALUES",
     "JSON: {\"5700\":21.5}"},
    {"delete", "delete an instance", Takes::path},
    {"discover", "what the device has below a path, with attributes", Takes::path},
    {"attributes", "show or set notification attributes", Takes::path, "NAME=VALUE",
     "pmin=10 gt=21.5; a bare name takes one away; without any they are shown"},
    {"observe", "have changes reported from now on; several paths as one composite", Takes::paths},
    {"cancel", "end an observation", Takes::paths},
    {"kick", "ask the device to update its registration now (executes /1/x/8, Registration Update Trigger)",
     Takes::endpoint},
    {"commands", "what devices were asked, and what became of it", Takes::maybeEndpoint, nullptr, "", false, false},
    {"command", "one command", Takes::id, nullptr, "", false, false},
    {"withdraw", "take back a command that still waits for its device", Takes::id, nullptr, "", false, false},
    {"errors", "payloads of a device that could not be read", Takes::endpoint, nullptr, "", false, false},
};

void addPlaces(CLI::App& command, const Verb& verb, DeviceArguments& arguments) {
  if (verb.takes == Takes::nothing) return;
  if (verb.takes == Takes::id) {
    command.add_option("id", arguments.id, "id of the command")->required();
    return;
  }
  command.add_option("endpoint", arguments.endpoint, "endpoint name")->required(verb.takes != Takes::maybeEndpoint);
  if (verb.takes != Takes::path && verb.takes != Takes::paths) return;
  command.add_option("path", arguments.path, "/3303/0/5700")->required();
  if (verb.takes == Takes::paths)
    command.add_option("more", arguments.more, "further paths, asked for in the same request (LwM2M 1.1)");
  if (verb.words == nullptr) return;
  CLI::Option* words = command.add_option(verb.words, arguments.words, verb.wordsHelp);
  if (verb.wordsNeeded) words->required()->expected(1);
}

void addOwnOptions(CLI::App& command, std::string_view verb, DeviceArguments& arguments) {
  if (verb == "ls") command.add_option("--search", arguments.search, "part of the endpoint name");
  if (verb == "ls" || verb == "commands") command.add_option("--limit", arguments.limit, "how many at most");
  if (verb == "write") {
    command.add_flag("--update", arguments.update, "of an instance: leave what is not named");
    command.add_flag("--text", arguments.text, "take VALUE as a text even if it looks like a number");
  }
  if (verb == "discover") command.add_option("--depth", arguments.depth, "levels below the path (LwM2M 1.2)");
  if (verb == "kick")
    command.add_option("--server", arguments.server, "Short Server ID of this server, where the device has several");
  if (verb == "cancel") command.add_flag("--passive", arguments.passive, "by a reset of the next notification");
  if (verb == "read" || verb == "write" || verb == "create" || verb == "observe")
    command.add_option("--format", arguments.format,
                       "towards the device: text, tlv, senml-json, senml-cbor ...; any: as the device likes");
}

void addWaiting(CLI::App& command, DeviceArguments& arguments) {
  command.add_option("--timeout", arguments.timeout, "seconds to wait for the device's answer");
  command.add_flag("--no-queue", arguments.noQueue, "do not keep it for a device that sleeps");
  command.add_option("--expires", arguments.expires, "seconds to keep it for a device that sleeps (default: a day)");
}

void addCommon(CLI::App& command, DeviceArguments& arguments) {
  addConfigOptions(command, arguments.config);
  command.add_option("--url", arguments.url, "where the instance is: http://127.0.0.1:8480");
  command
      .add_option_function<std::string>(
          "-o,--output", [&arguments](const std::string& form) { arguments.json = form == "json"; }, "table or json")
      ->check(CLI::IsMember({"table", "json"}));
}

}  // namespace

void addConfigOptions(CLI::App& command, ConfigArguments& arguments) {
  command.add_option("-c,--config", arguments.file, "configuration file (JSON with comments)")
      ->check(CLI::ExistingFile);
  command.add_option("--set", arguments.overrides, "set one key, e.g. --set status.listen=127.0.0.1:8480")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void addDeviceCommands(CLI::App& app, DeviceArguments& arguments, int& status) {
  CLI::App* device = app.add_subcommand("device", "work on the devices of a running instance");
  device->require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    CLI::App* command = device->add_subcommand(verb.name, verb.help);
    addPlaces(*command, verb, arguments);
    addOwnOptions(*command, verb.name, arguments);
    if (verb.asksDevice) addWaiting(*command, arguments);
    addCommon(*command, arguments);
    command->callback([&arguments, &status, name = verb.name] {
      arguments.verb = name;
      status = deviceCommand(arguments);
    });
  }
}

}  // namespace isthmus::app
