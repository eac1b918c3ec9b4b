#pragma once

// What SenML JSON and SenML CBOR share: the meaning of records (RFC 8428 4.1-4.6, LwM2M Core 7.4.4).

#include "lwm2m/codec/formats.h"
#include "lwm2m/model/number.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace isthmus::lwm2m::senml {

enum class Field : std::uint8_t {
  baseName,
  baseTime,
  baseValue,
  name,
  time,
  value,
  string,
  boolean,
  data,
  link,
  ignored
};

struct Null {};
// The value of one field as it is written. Text and bytes are borrowed for the call.
using Scalar = std::variant<Null, bool, Number, std::string_view, ByteView>;

// Takes records field by field and resolves them. Errors: malformed, without `where`.
class Resolver {
 public:
  Resolver(const DecodeContext& context, Records& out);

  Result<void> field(Field field, const Scalar& scalar);
  Result<void> endRecord();

 private:
  Result<void> nameField(std::string& target, const Scalar& scalar);
  Result<void> numberField(std::optional<double>& target, const Scalar& scalar);
  Result<void> valueField(Field field, const Scalar& scalar);
  Result<Path> path();
  Result<std::optional<WallTime>> time() const;
  Result<Value> value(ResourceType type);

  const DecodeContext& context_;
  Records& out_;
  Types types_;
  // What holds until it is changed.
  std::string baseName_;
  std::optional<double> baseTime_;
  std::optional<Number> baseValue_;
  // What holds for this record.
  std::uint16_t seen_ = 0;  // one bit per Field
  std::string name_;
  std::optional<double> time_;
  std::string joined_;
  std::optional<Field> valueField_;
  Value given_;  // anything but a number
  std::optional<Number> number_;
};

// The fields that every writer needs, worked out for a whole pack.
struct Pack {
  std::string baseName;
  std::optional<WallTime> baseTime;  // if all records share one time
  std::size_t baseLength = 0;        // of the base in a record's full name
  std::string_view prefix;

  std::string name(const Record& record) const;  // "" if the base names it
  // A record with neither name nor value would only set base fields (RFC 8428 4.1).
  static bool mustName(const Record& record, bool etch) { return !etch && record.value.index() == 0; }
  std::optional<WallTime> time(const Record& record) const;  // what the record must say itself
};

// Error: unsupported, for a time that a reader would take for a relative one.
Result<Pack> plan(std::span<const Record> records, const EncodeContext& context);

// "1699877805.867"
std::string decimalSeconds(WallTime time);

}  // namespace isthmus::lwm2m::senml
