#include "echo.h"
#include "steps.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <unistd.h>
#include <vector>

using namespace isthmus::load;

namespace {

constexpr int kUsage = 64, kInternal = 70;
constexpr std::uint32_t kMostDevices = 1'000'000;

constexpr const char* kHelp = R"(isthmus-load: many simulated LwM2M devices on a few raw UDP sockets. Loopback only.

  isthmus-load run --server HOST:PORT --devices N [--prefix ep-] [--sockets 4] [STEP ...] [-]
  isthmus-load echo [--port P]

A STEP is one argument; "-" reads further steps from standard input, one per line, and answers requests while it waits.
Each step prints one JSON line.

  "register   [from=0] [to=N] [window=512] [seconds=600] [links=</1/0>,</3/0>,</3303/0>]"
  "deregister [from=0] [to=N] [window=512] [seconds=600]"
  "update     [seconds=5] [warmup=0.5] [count=0] [rate=0] [window=512]"
  "notify     [seconds=5] [warmup=0.5] [count=0] [rate=0] [window=512] [path=/3303/0/5700] [first=VALUE] [trace=FILE]"
  "serve      [seconds=5] [observed=N] [path=/3303/0/5700]    only answers; ends early when N devices are observed"
  "fake       [path=/3303/0/5700]                              for the echo: tokens without a server"
  "ledger     file=F [seconds=60] [rate=200] [update_every=0] [ack_timeout=2] [drain=95] [path=] [links=]"
  "status"

Exit codes: 0 done, 64 usage, 70 anything else.
)";

struct Arguments {
  std::string server, prefix = "load-";
  std::uint32_t devices = 1000;
  unsigned sockets = 4;
  std::uint16_t port = 0;
  std::vector<std::string> steps;
};

unsigned long numberIn(const std::string& text, unsigned long least, unsigned long most) {
  char* end = nullptr;
  const auto number = std::strtoul(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || number < least || number > most)
    throw UsageError("not a number from " + std::to_string(least) + " to " + std::to_string(most) + ": " + text);
  return number;
}

Arguments parseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      arguments.steps.push_back(word);
      continue;
    }
    if (++i == argc) throw UsageError(word + " wants a value");
    const std::string value = argv[i];
    if (word == "--server") {
      arguments.server = value;
    } else if (word == "--prefix") {
      arguments.prefix = value;
    } else if (word == "--devices") {
      arguments.devices = static_cast<std::uint32_t>(numberIn(value, 1, kMostDevices));
    } else if (word == "--sockets") {
      arguments.sockets = static_cast<unsigned>(numberIn(value, 1, 256));
    } else if (word == "--port") {
      arguments.port = static_cast<std::uint16_t>(numberIn(value, 0, 65535));
    } else {
      throw UsageError("no such option: " + word);
    }
  }
  return arguments;
}

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

void readSteps(Generator& generator, Steps& steps) {
  std::string pending;
  std::array<char, 4096> chunk;
  while (true) {
    if (!generator.serve(milliseconds(1000), STDIN_FILENO)) continue;
    const auto size = read(STDIN_FILENO, chunk.data(), chunk.size());
    if (size <= 0) return;
    pending.append(chunk.data(), static_cast<std::size_t>(size));
    for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      const auto line = pending.substr(0, end);
      pending.erase(0, end + 1);
      if (line == "quit") return;
      if (!line.empty()) say(steps.run(line));
    }
  }
}

int run(const Arguments& arguments) {
  std::string problem;
  const auto target = parseTarget(arguments.server, problem);
  if (!target) throw UsageError("--server: " + problem);
  Fleet fleet(arguments.devices, arguments.prefix);
  Generator generator(*target, fleet, arguments.sockets);
  Steps steps(generator);
  for (const auto& step : arguments.steps) {
    if (step == "-") {
      readSteps(generator, steps);
    } else {
      say(steps.run(step));
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string command = argc > 1 ? argv[1] : "";
    if (command == "--help" || command == "help") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (command == "run") return run(parseArguments(argc, argv));
    if (command == "echo") return runEcho(parseArguments(argc, argv).port);
    std::fputs(kHelp, stderr);
    return kUsage;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "isthmus-load: %s\n", error.what());
    return kUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "isthmus-load: %s\n", error.what());
    return kInternal;
  }
}
