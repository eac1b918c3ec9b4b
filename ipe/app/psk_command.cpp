#include "ipe/app/psk_command.h"

#include "db/sqlite/file_lock.h"
#include "db/stores/sqlite_credential_store.h"
#include "ipe/app/database_folder.h"
#include "ipe/app/device_options.h"
#include "ipe/app/device_security.h"
#include "ipe/app/exit_codes.h"

#include <CLI/CLI.hpp>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <iostream>

namespace isthmus::app {
namespace {

using lwm2m::PskCredential;

int tell(const Error& error) {
  std::cerr << error.text() << "\n";
  switch (error.code) {
    case Errc::malformed: return kUsage;
    case Errc::notFound:
    case Errc::conflict: return kFindings;
    case Errc::configuration: return kConfiguration;
    case Errc::unavailable:
    case Errc::io: return kUnavailable;
    default: return kInternal;
  }
}

// The same by the instance that runs.
int pointToInstance(const config::Config& config, const PskArguments& arguments) {
  std::cerr << "an instance runs on this database: ask it instead";
  if (!config.status.listen) {
    std::cerr << " (it has no status.listen), or end it first\n";
    return kUnavailable;
  }
  const std::string url = "http://" + config.status.listen->toString() + "/api/v1/credentials";
  if (arguments.verb == "ls") std::cerr << ":\n  curl " << url << "\n";
  if (arguments.verb == "rm") std::cerr << ":\n  curl -X DELETE " << url << "/" << arguments.endpoint << "\n";
  if (arguments.verb == "add") {
    std::cerr << ":\n  curl -X PUT -H 'Content-Type: application/json' -d '{\"identity\":\"" << arguments.identity
              << "\",\"key\":\"...\"}' " << url << "/" << arguments.endpoint << "\n";
  }
  return kUnavailable;
}

void printJson(const std::vector<PskCredential>& credentials) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartArray();
  for (const PskCredential& it : credentials) {
    writer.StartObject();
    writer.Key("endpoint");
    writer.String(it.endpoint.c_str());
    writer.Key("mode");
    writer.String("psk");
    writer.Key("identity");
    writer.String(it.identity.c_str());
    writer.EndObject();
  }
  writer.EndArray();
  std::cout << buffer.GetString() << "\n";
}

void printTable(const std::vector<PskCredential>& credentials) {
  std::size_t width = std::string_view("ENDPOINT").size();
  for (const PskCredential& it : credentials) width = std::max(width, it.endpoint.size());
  const auto line = [width](const std::string& endpoint, const std::string& rest) {
    std::cout << endpoint << std::string(width + 2 - endpoint.size(), ' ') << rest << "\n";
  };
  line("ENDPOINT", "IDENTITY");
  for (const PskCredential& it : credentials) line(it.endpoint, identityText(it.identity));
}

int list(lwm2m::CredentialStore& store, const PskArguments& arguments) {
  const auto credentials = store.list();
  if (!credentials) return tell(credentials.error());
  if (arguments.output == "json") {
    printJson(*credentials);
  } else {
    printTable(*credentials);
  }
  return kOk;
}

// "-": from standard input, where other users of the machine do not see it.
Result<Bytes> keyOf(const PskArguments& arguments) {
  std::string digits = arguments.key;
  if (digits == "-") std::getline(std::cin, digits);
  const Result<Bytes> key = fromHex(digits);
  if (!key)
    return fail(Errc::malformed, "the key is no row of hexadecimal digits, such as 000102030405060708090a0b0c0d0e0f");
  return *key;
}

int add(lwm2m::CredentialStore& store, const PskArguments& arguments) {
  const Result<Bytes> key = keyOf(arguments);
  if (!key) return tell(key.error());
  const auto kept = store.put({arguments.endpoint, arguments.identity, *key},
                              arguments.also ? lwm2m::Others::keep : lwm2m::Others::refuse);
  if (!kept && kept.error().code == Errc::conflict && !arguments.also)
    std::cerr << "(--also keeps what the endpoint has beside it; isthmus psk rm takes it away)\n";
  if (!kept) return tell(kept.error());
  std::cerr << "\"" << arguments.endpoint << "\" proves itself as " << identityText(arguments.identity)
            << " from now on, and cannot register without\n";
  return kOk;
}

int remove(lwm2m::CredentialStore& store, const PskArguments& arguments) {
  const auto removed = store.remove(
      arguments.endpoint, arguments.identity.empty() ? std::nullopt : std::optional<std::string>(arguments.identity));
  if (!removed) return tell(removed.error());
  std::cerr << "removed\n";
  return kOk;
}

void addVerb(CLI::App& psk, const char* verb, const char* help, PskArguments& arguments, int& status) {
  CLI::App* command = psk.add_subcommand(verb, help);
  addConfigOptions(*command, arguments.config);
  const std::string_view name(verb);
  if (name == "ls") {
    command->add_option("-o,--output", arguments.output, "table or json")->check(CLI::IsMember({"table", "json"}));
  } else {
    command->add_option("--endpoint", arguments.endpoint, "endpoint name of the device")->required();
    command->add_option("--identity", arguments.identity, "PSK identity")->required(name == "add");
  }
  if (name == "add") {
    command->add_option("--key", arguments.key, "key in hexadecimal digits; -: from standard input")->required();
    command->add_flag("--also", arguments.also, "beside the identities that the endpoint has");
  }
  command->callback([&arguments, &status, verb] {
    arguments.verb = verb;
    status = pskCommand(arguments);
  });
}

}  // namespace

void addPskCommands(CLI::App& app, PskArguments& arguments, int& status) {
  CLI::App* psk = app.add_subcommand("psk", "the pre-shared keys of devices, while no instance runs");
  psk->require_subcommand(1);
  addVerb(*psk, "add", "give an endpoint a key, or another one under the same identity", arguments, status);
  addVerb(*psk, "ls", "list endpoints and their identities (never keys)", arguments, status);
  addVerb(*psk, "rm", "take the keys of an endpoint away, or those of one identity", arguments, status);
}

int pskCommand(const PskArguments& arguments) {
  const std::optional<config::Config> config = readConfig(arguments.config);
  if (!config) return kConfiguration;
  const auto made = makeFolderOf(config->db.path, [](const std::string& what) { std::cerr << what << "\n"; });
  if (!made) return tell(made.error());
  const auto lock = db::FileLock::take(config->db.path.string() + ".lock");
  if (!lock && lock.error().code == Errc::conflict) return pointToInstance(*config, arguments);
  if (!lock) return tell(lock.error());
  const SystemClock clock;
  db::SqliteCredentialStore::Options options{config->db.path, config->db.keyFile, {}};
  options.madeKeyFile = [](const std::filesystem::path& file) { std::cerr << keyFileNotice(file) << "\n"; };
  const auto store = db::SqliteCredentialStore::open(options, clock);
  if (!store) return tell(store.error());
  if (arguments.verb == "add") return add(**store, arguments);
  return arguments.verb == "rm" ? remove(**store, arguments) : list(**store, arguments);
}

}  // namespace isthmus::app
