#pragma once

#include "ipe/app/commands.h"
#include "ipe/app/rest_client.h"

#include <optional>
#include <string>
#include <vector>

namespace isthmus::app {

struct DeviceArguments {
  std::string verb;  // "read"
  ConfigArguments config;
  std::string url;
  bool json = false;  // -o json instead of a table

  std::string endpoint;
  std::string path;
  std::vector<std::string> more;   // of a composite: the paths beside that one
  std::vector<std::string> words;  // what follows the path: a value, arguments, attributes
  std::string id;                  // of a command
  std::string search, format;
  std::size_t limit = 100;
  unsigned timeout = 10;            // seconds
  std::optional<unsigned> expires;  // seconds
  std::optional<unsigned> depth;
  std::optional<unsigned> server;
  bool noQueue = false, update = false, passive = false, text = false;
};

// `isthmus device VERB ...`, over the REST API of a running instance.
int deviceCommand(DeviceArguments arguments);

// What is asked, as HTTP.
struct DeviceCall {
  std::string method, target, body, type;
};
DeviceCall deviceCall(const DeviceArguments& arguments);

// The answer's body as lines of a table for people, tame enough for a terminal.
std::string deviceTable(const std::string& body);

struct Problem {
  std::string detail;     // what is wrong and what to do
  bool byDevice = false;  // the device answered so
};
Problem problemOf(const RestAnswer& answer);

}  // namespace isthmus::app
