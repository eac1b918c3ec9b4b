#include "ipe/app/device_command.h"

#include "ipe/app/exit_codes.h"
#include "ipe/app/rest_client.h"
#include "lwm2m/model/path.h"

#include <iostream>

namespace isthmus::app {
namespace {

constexpr seconds kMargin{10};

// 1: the device or the instance said no; 64: it was asked wrongly; 75: later it may work.
int exitCodeOf(int status, bool byDevice) {
  if (status < 300) return status == 202 ? kTemporary : kOk;
  if (byDevice) return kFindings;
  switch (status) {
    case 400:
    case 405:
    case 411:
    case 413:
    case 414: return kUsage;
    case 503:
    case 504: return kTemporary;
    case 500: return kInternal;
    default: return kFindings;
  }
}

int failed(const Error& error) {
  std::cerr << "isthmus: " << error.text() << "\n";
  if (error.code == Errc::configuration) return kConfiguration;
  return error.code == Errc::timeout ? kTemporary : kUnavailable;
}

void printJson(const std::string& body) {
  if (!body.empty()) std::cout << body << "\n";
}

// Paths as they stand in an address: with a slash before them, and none after them.
Result<void> clean(std::string& path) {
  if (path.empty() || path.front() != '/') path.insert(path.begin(), '/');
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  const auto parsed = lwm2m::Path::parse(path);
  if (parsed) return {};
  return fail(Errc::malformed,
              "'" + path + "' is no path of a device: " + parsed.error().message +
                  ". One is /OBJECT, /OBJECT/INSTANCE or /OBJECT/INSTANCE/RESOURCE in numbers, such as /3303/0/5700.");
}

Result<void> cleanPaths(DeviceArguments& arguments) {
  if (arguments.path.empty()) return {};
  if (auto done = clean(arguments.path); !done) return done;
  for (std::string& path : arguments.more)
    if (auto done = clean(path); !done) return done;
  if (arguments.path != "/" || arguments.verb == "write" || !arguments.more.empty()) return {};
  return fail(Errc::malformed, "A path has at least the number of an object: /3.");
}

// A number on the command line may be meant as a text.
std::string_view hintTo(const DeviceArguments& arguments, const RestAnswer& answer, const Problem& problem) {
  const bool textWanted = problem.detail.find("must be a string") != std::string::npos;
  const bool helps = arguments.verb == "write" && !arguments.text && !arguments.words.front().starts_with('{');
  return answer.status == 400 && textWanted && helps ? "isthmus: with --text the value is taken as a text\n" : "";
}

}  // namespace

int deviceCommand(DeviceArguments arguments) {
  if (const auto paths = cleanPaths(arguments); !paths) {
    std::cerr << "isthmus: " << paths.error().text() << "\n";
    return kUsage;
  }
  const auto client = RestClient::open(arguments.url, arguments.config);
  if (!client) return failed(client.error());
  const DeviceCall call = deviceCall(arguments);
  const auto answer = client->ask(call.method, call.target, call.body, call.type, seconds(arguments.timeout) + kMargin);
  if (!answer) return failed(answer.error());
  if (arguments.json) printJson(answer->body);
  if (answer->status >= 300) {
    const Problem problem = problemOf(*answer);
    std::cerr << "isthmus: " << problem.detail << "\n" << hintTo(arguments, *answer, problem);
    return exitCodeOf(answer->status, problem.byDevice);
  }
  if (!arguments.json) std::cout << deviceTable(answer->body);
  if (answer->status == 202)
    std::cerr << "The device sleeps: the command waits for it; 'isthmus device command ID' says what became of it.\n";
  if (answer->status == 204) std::cerr << "done\n";
  return exitCodeOf(answer->status, false);
}

}  // namespace isthmus::app
