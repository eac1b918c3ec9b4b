#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/clock.h"
#include "lwm2m/codec/content_format.h"
#include "lwm2m/model/object_registry.h"
#include "lwm2m/model/value.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace isthmus::lwm2m {

// What a payload cannot say of itself.
struct DecodeContext {
  const DeviceModel& model;        // types of resources; what it does not know is typed by the payload
  Path base;                       // what was asked for; the records must lie at or below it
  WallTime now{};                  // what relative SenML times count from (RFC 8428 4.5.3)
  std::string_view rootPath = {};  // the device's alternate path without a trailing slash, "" for none
  std::string_view prefix = {};    // of an end device behind a gateway (object 25), without slashes, "" for none
};

// Every format that holds values: all of ContentFormat but the link format, pre-1.0 numbers included. Records come in
// the payload's order, timestamps kept, historical ones included. An empty payload of a structured format is an empty
// list. A SenML record that names a resource and gives no value, or null, is a record without a value; so is null in
// CBOR and LwM2M CBOR. TLV resources of an object without an instance around them belong to instance 0; if the object
// may have several they are malformed, since nobody can tell whose they are.
//
// Errors: unsupported (format), malformed (with the byte offset, JSON pointer or record in `where`). Never throws.
Result<std::vector<Record>> decode(ContentFormat format, ByteView payload, const DecodeContext& context);

struct EncodeContext {
  const DeviceModel& model;
  Path base;  // what the payload is about; text, opaque and CBOR need a resource or resource instance
  std::string_view rootPath = {};
  std::string_view prefix = {};
};

// The inverse: decode(encode(x)) == x for every value that the format can hold, else unsupported.
// Booleans, times and links are written as LwM2M Core 7.4 has them; JSON and SenML with one base name; TLV and LwM2M
// CBOR gather what belongs together. A record without a value is null in SenML-ETCH (which takes a resource instance
// away), CBOR and LwM2M CBOR, and a name alone in SenML. A value of another type than the model's is converted first,
// if nothing is lost by it.
Result<Bytes> encode(ContentFormat format, std::span<const Record> records, const EncodeContext& context);

bool isSupported(ContentFormat format);

// The paths of a composite request (LwM2M Core 6.3.9, 6.4.5): SenML and SenML-ETCH, JSON and CBOR. LwM2M CBOR has no
// such form: a device that answers in it is asked in SenML. Error: unsupported (format), malformed (no paths; a value
// or a time in the list).
Result<Bytes> encodePaths(ContentFormat format, std::span<const Path> paths, std::string_view rootPath = {},
                          std::string_view prefix = {});
Result<std::vector<Path>> decodePaths(ContentFormat format, ByteView payload, std::string_view rootPath = {},
                                      std::string_view prefix = {});
// The answer to a composite read or a composite notification: records at or below the paths asked for, those without a
// value left out. What the device does not have, or does not show, is simply missing. `context.base` is not used.
Result<std::vector<Record>> decodeComposite(ContentFormat format, ByteView payload, std::span<const Path> paths,
                                            const DecodeContext& context);

// What one end device reported; the prefix is "" for the gateway itself.
struct EndDeviceRecords {
  std::string prefix;
  std::vector<Record> records;
  bool operator==(const EndDeviceRecords&) const = default;
};

struct GatewayContext {
  // The model of the end device of this prefix, of the gateway for ""; one that nobody knows may get an empty one.
  std::function<DeviceModel(std::string_view prefix)> modelOf;
  WallTime now{};
  std::string_view rootPath = {};
};

// A Send of a gateway may mix several end devices and the gateway's own records; in the order of their first records.
// Formats whose records name themselves: SenML, LwM2M CBOR. Errors as decode().
Result<std::vector<EndDeviceRecords>> decodeByPrefix(ContentFormat format, ByteView payload,
                                                     const GatewayContext& context);

}  // namespace isthmus::lwm2m
