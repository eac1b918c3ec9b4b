#include "ipe/base/log.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace isthmus {

TEST_CASE("A level is known by its name and by nothing else") {
  CHECK(parseLogLevel("trace") == LogLevel::trace);
  CHECK(parseLogLevel("debug") == LogLevel::debug);
  CHECK(parseLogLevel("info") == LogLevel::info);
  CHECK(parseLogLevel("warn") == LogLevel::warn);
  CHECK(parseLogLevel("error") == LogLevel::error);
  for (const std::string_view bad : {"", "INFO", "warning", "verbose"}) {
    const auto level = parseLogLevel(bad);
    REQUIRE_FALSE(level);
    CHECK(level.error().code == Errc::configuration);
  }
}

TEST_CASE("A log for tests gets each line with its level and area") {
  std::vector<std::string> lines;
  Log log([&](std::string_view line) { lines.emplace_back(line); });
  log.error("db", "disk full");
  log.warn("cse", "slow");
  log.info("lwm2m", "urn:dev:1 registered");
  log.debug("coap", "12 bytes");
  CHECK(lines == std::vector<std::string>{"error db disk full", "warn cse slow", "info lwm2m urn:dev:1 registered",
                                          "debug coap 12 bytes"});
}

TEST_CASE("A log takes what is at its level or above") {
  const Log log(LogLevel::warn, LogFormat::text);
  CHECK_FALSE(log.enabled(LogLevel::trace));
  CHECK_FALSE(log.enabled(LogLevel::info));
  CHECK(log.enabled(LogLevel::warn));
  CHECK(log.enabled(LogLevel::error));
}

}  // namespace isthmus
