#pragma once

#include "ipe/base/result.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace isthmus {

enum class LogLevel { trace, debug, info, warn, error };
Result<LogLevel> parseLogLevel(std::string_view name);

enum class LogFormat { text, json };

// Lines for the operator, on stderr: RFC 3339 UTC time, level, area, message. Thread-safe.
// Handed to whoever has something to say; it must outlive them. Never give it a key or a password.
class Log {
 public:
  Log(LogLevel level, LogFormat format);
  // For tests: lines go to `sink` as "level area message".
  explicit Log(std::function<void(std::string_view)> sink);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool enabled(LogLevel level) const;
  void write(LogLevel level, std::string_view area, std::string_view message);

  void error(std::string_view area, std::string_view message) { write(LogLevel::error, area, message); }
  void warn(std::string_view area, std::string_view message) { write(LogLevel::warn, area, message); }
  void info(std::string_view area, std::string_view message) { write(LogLevel::info, area, message); }
  void debug(std::string_view area, std::string_view message) { write(LogLevel::debug, area, message); }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus
