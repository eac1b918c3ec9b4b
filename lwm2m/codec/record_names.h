#pragma once

#include "lwm2m/codec/formats.h"

#include <string>

namespace isthmus::lwm2m {

// The path below which a device's objects stand, as names in payloads have it: "", "/lwm2m", "/dev1", "/lwm2m/dev1".
std::string rootOf(std::string_view rootPath, std::string_view prefix);

// A path as such a name: "/lwm2m/3/0"; the root itself is "/" or "/lwm2m".
std::string nameOf(const Path& path, std::string_view root);

// How records are named in formats with a base name.
struct RecordNames {
  std::string base;
  std::string name(const Record& record) const;  // "" if the base names it

  std::string root;
  std::size_t baseLength = 0;  // of the base in a record's full name
};

RecordNames namesOf(std::span<const Record> records, const EncodeContext& context);

}  // namespace isthmus::lwm2m
