#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/clock.h"
#include "lwm2m/codec/content_format.h"
#include "lwm2m/model/object_registry.h"
#include "lwm2m/model/value.h"

#include <span>
#include <string>
#include <vector>

namespace isthmus::lwm2m {

// What a payload cannot say of itself.
struct DecodeContext {
  const DeviceModel& model;   // types of resources; what it does not know is typed by the payload
  Path base;                  // what was asked for; the records must lie at or below it
  WallTime now{};             // what relative SenML times count from (RFC 8428 4.5.3)
  std::string_view rootPath;  // the device's alternate path without a trailing slash, "" for none
};

// Text, opaque, TLV (both numbers), SenML JSON and SenML CBOR. Records come in the payload's order, timestamps kept,
// historical ones included. An empty payload of a structured format is an empty list. A SenML record that names a
// resource and gives no value, or null, is a record without a value. TLV resources of an object without an instance
// around them belong to instance 0; if the object may have several they are malformed, since nobody can tell whose they
// are.
//
// Errors: unsupported (format), malformed (with the byte offset, JSON pointer or record in `where`). Never throws.
Result<std::vector<Record>> decode(ContentFormat format, ByteView payload, const DecodeContext& context);

struct EncodeContext {
  const DeviceModel& model;
  Path base;  // what the payload is about; text and opaque need a resource or resource instance
  std::string_view rootPath;
};

// The inverse: decode(encode(x)) == x for every value that the format can hold, else unsupported.
// Booleans, times and links are written as LwM2M Core 7.4 has them; SenML with one base name. A value of another type
// than the model's is converted first, if nothing is lost by it.
Result<Bytes> encode(ContentFormat format, std::span<const Record> records, const EncodeContext& context);

bool isSupported(ContentFormat format);

}  // namespace isthmus::lwm2m
