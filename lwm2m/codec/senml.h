#pragma once

// What SenML JSON and SenML CBOR share: the meaning of records (RFC 8428 4.1-4.6, LwM2M Core 7.4.4).

#include "lwm2m/codec/prefix_splitter.h"
#include "lwm2m/codec/record_names.h"
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

// Takes records field by field. Errors: malformed, without `where`.
class FieldSink {
 public:
  virtual Result<void> field(Field field, const Scalar& scalar) = 0;
  virtual Result<void> endRecord() = 0;

 protected:
  ~FieldSink() = default;
};

// Names of records, resolved (RFC 8428 4.5.1).
class Names {
 public:
  explicit Names(std::string root) : root_(std::move(root)) {}

  Result<void> base(const Scalar& scalar) { return take(base_, scalar); }
  Result<void> own(const Scalar& scalar) { return take(own_, scalar); }
  // The name of this record below the root; valid until the next call.
  Result<std::string_view> resolve();
  // resolve() as a path, after a splitter took what is not of it.
  Result<Path> path(std::string_view name) const;
  void endRecord() { own_.clear(); }

 private:
  static Result<void> take(std::string& target, const Scalar& scalar);

  std::string root_;
  std::string base_;
  std::string own_;
  std::string joined_;
};

// Makes records of the fields, in their order.
class Resolver final : public FieldSink {
 public:
  Resolver(const DecodeContext& context, PrefixSplitter* splitter);

  Result<void> field(Field field, const Scalar& scalar) override;
  Result<void> endRecord() override;
  Records take() { return std::move(plain_.records); }

 private:
  Result<void> numberField(std::optional<double>& target, const Scalar& scalar);
  Result<void> valueField(Field field, const Scalar& scalar);
  Result<void> addRecord();
  Result<std::optional<WallTime>> time() const;
  Result<Value> value(ResourceType type);

  const DecodeContext& context_;
  PrefixSplitter* splitter_;
  PrefixSplitter::Part plain_;
  Names names_;
  // What holds until it is changed.
  std::optional<double> baseTime_;
  std::optional<Number> baseValue_;
  // What holds for this record.
  std::uint16_t seen_ = 0;  // one bit per Field
  std::optional<double> time_;
  std::optional<Field> valueField_;
  Value given_;  // anything but a number
  std::optional<Number> number_;
};

// Takes a list of names; a value or a time in it is malformed.
class PathList final : public FieldSink {
 public:
  explicit PathList(std::string_view root) : names_(std::string(root)) {}

  Result<void> field(Field field, const Scalar& scalar) override;
  Result<void> endRecord() override;
  std::vector<Path> take() { return std::move(paths_); }

 private:
  Names names_;
  bool named_ = false;
  std::vector<Path> paths_;
};

// The fields that every writer needs, worked out for a whole pack.
struct Pack {
  RecordNames names;
  std::optional<WallTime> baseTime;  // if all records share one time

  // A record with neither name nor value would only set base fields (RFC 8428 4.1).
  static bool mustName(const Record& record, bool etch) { return !etch && record.value.index() == 0; }
  std::optional<WallTime> time(const Record& record) const;  // what the record must say itself
};

// Error: unsupported, for a time that a reader would take for a relative one.
Result<Pack> plan(std::span<const Record> records, const EncodeContext& context);

}  // namespace isthmus::lwm2m::senml
