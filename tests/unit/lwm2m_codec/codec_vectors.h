#pragma once

#include "lwm2m/codec/codec.h"
#include "tests/support/vectors.h"

#include <string>
#include <vector>

namespace isthmus::lwm2m::testing {

using isthmus::testing::everyTruncation;
using isthmus::testing::ExactBuffer;

inline constexpr WallTime kNow{milliseconds(1'700'000'000'000)};

// What is the same for all vectors: the built-in objects, and /65 and /66 for object links.
const ObjectRegistry& testRegistry();

enum class Form {
  canonical,  // what encode() writes
  accepted,   // another form of the same
};

struct Vector {
  std::string title;
  Path base;
  std::vector<Record> records;
  Bytes payload;
  Form form = Form::canonical;
  std::string rootPath = {};
  std::string prefix = {};
};

struct Broken {
  std::string title;
  Path base;
  Bytes payload;
  std::string prefix = {};
};

enum class Truncated {
  anything,   // any part of a payload may be a payload
  prefix,     // fails, or gives the first of the records
  malformed,  // fails, except for nothing at all
};

Bytes hex(std::string_view digits);
Bytes bytes(std::string_view text);
std::string describe(const std::vector<Record>& records);

Result<std::vector<Record>> decodeAt(ContentFormat format, ByteView payload, const Path& base,
                                     std::string_view rootPath = {}, std::string_view prefix = {});
Result<Bytes> encodeAt(ContentFormat format, const std::vector<Record>& records, const Path& base,
                       std::string_view rootPath = {}, std::string_view prefix = {});

// One table drives decode, encode, and decode of every truncation.
void checkVectors(ContentFormat format, const std::vector<Vector>& vectors, Truncated truncated);
void checkBroken(ContentFormat format, const std::vector<Broken>& table);

// The device object of LwM2M Core's examples.
std::vector<Record> deviceRecords();

}  // namespace isthmus::lwm2m::testing
