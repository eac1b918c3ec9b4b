#pragma once

#include "config/loader/config.h"
#include "ipe/base/result.h"

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isthmus::config {

enum class Source : std::uint8_t { standard, file, environment, flag };
std::string_view name(Source source);  // "default", "file", ...

struct Origin {
  Source source = Source::standard;
  std::string where;  // "file:line:column /pointer", the variable's name, "--set key"; "" for a default
  bool operator==(const Origin&) const = default;
};

struct ParsedConfig {
  Config config;
  // All of them, each with `where`; the configuration is usable only if there are none.
  std::vector<Error> faults;
  // Where each key's value comes from; every key is there.
  std::map<std::string, Origin, std::less<>> origins;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// `overrides`: "a.b=c", as --set gives them; of two for one key the later counts. `environment`: variables ISTHMUS_A__B
// for the key a.b, without regard to case; variables without ISTHMUS_ and without a double underscore are none of ours.
// A list is given as "a,b" or as a JSON array; an empty text turns a listener, a list or an optional value off. Flag >
// environment > file > default.
ParsedConfig parseConfig(std::string_view text, std::string_view fileName, std::span<const std::string> overrides = {},
                         const Environment& environment = {});

// The same for a file, at most 1 MiB; an unreadable one is a fault. An empty path: no file, everything from the other
// sources.
ParsedConfig loadConfig(const std::filesystem::path& file, std::span<const std::string> overrides,
                        const Environment& environment);

// The variables of this process.
Environment processEnvironment();

// What there is to configure, for help texts and documentation.
struct KeyFacts {
  std::string_view name;     // "onem2m.keep.mni"
  std::string_view expects;  // "a number of instances, 0 to 4294967295"
  std::string_view help;
  std::string standard;  // default as text, "" for none
  std::string variable;  // "ISTHMUS_ONEM2M__KEEP__MNI"
  bool secret = false;
};
std::vector<KeyFacts> keys();

// The value of each key as text, secrets as "***", in the order of keys().
std::vector<std::pair<std::string, std::string>> describe(const Config& config);

}  // namespace isthmus::config
