#include "ipe/app/device_command.h"

#include "ipe/app/exit_codes.h"
#include "ipe/app/rest_client.h"

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

}  // namespace

int deviceCommand(const DeviceArguments& arguments) {
  const auto client = RestClient::open(arguments.url, arguments.config);
  if (!client) return failed(client.error());
  const DeviceCall call = deviceCall(arguments);
  const auto answer = client->ask(call.method, call.target, call.body, call.type, seconds(arguments.timeout) + kMargin);
  if (!answer) return failed(answer.error());
  if (arguments.json) printJson(answer->body);
  if (answer->status >= 300) {
    const Problem problem = problemOf(*answer);
    std::cerr << "isthmus: " << problem.detail << "\n";
    return exitCodeOf(answer->status, problem.byDevice);
  }
  if (!arguments.json) std::cout << deviceTable(answer->body);
  if (answer->status == 202)
    std::cerr << "The device sleeps: the command waits for it; 'isthmus device command ID' says what became of it.\n";
  if (answer->status == 204) std::cerr << "done\n";
  return exitCodeOf(answer->status, false);
}

}  // namespace isthmus::app
