#include "ipe/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdio>

namespace isthmus {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames = {"trace", "debug", "info", "warn", "error"};

spdlog::level::level_enum toSpdlog(LogLevel level) {
  constexpr std::array levels = {spdlog::level::trace, spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                 spdlog::level::err};
  return levels[static_cast<std::size_t>(level)];
}

std::string jsonEscaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c));
      out += code.data();
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

struct Log::Impl {
  spdlog::logger logger;
  LogFormat format;
  std::function<void(std::string_view)> sink;  // instead of the logger, where a test listens
};

Result<LogLevel> parseLogLevel(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i)
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  return fail(Errc::configuration,
              "log level must be trace, debug, info, warn or error, not '" + std::string(name) + "'");
}

Log::Log(LogLevel level, LogFormat format)
    : impl_(std::make_unique<Impl>(
          Impl{{"isthmus", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()}, format, {}})) {
  impl_->logger.set_level(toSpdlog(level));
  const char* pattern = format == LogFormat::text ? "%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v"
                                                  : R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
  impl_->logger.set_pattern(pattern, spdlog::pattern_time_type::utc);
}

Log::Log(std::function<void(std::string_view)> sink)
    : impl_(std::make_unique<Impl>(Impl{spdlog::logger("test"), LogFormat::text, std::move(sink)})) {
  impl_->logger.set_level(spdlog::level::trace);
}

Log::~Log() = default;

bool Log::enabled(LogLevel level) const { return impl_->logger.should_log(toSpdlog(level)); }

void Log::write(LogLevel level, std::string_view area, std::string_view message) {
  if (impl_->sink) {
    impl_->sink(std::string(kLevelNames[static_cast<std::size_t>(level)]) + " " + std::string(area) + " " +
                std::string(message));
    return;
  }
  if (impl_->format == LogFormat::text) {
    impl_->logger.log(toSpdlog(level), "{} {}", area, message);
  } else {
    impl_->logger.log(toSpdlog(level), R"("area":"{}","message":"{}")", jsonEscaped(area), jsonEscaped(message));
  }
}

}  // namespace isthmus
