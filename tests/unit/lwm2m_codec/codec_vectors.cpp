#include "codec_vectors.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m::testing {
namespace {

ResourceDefinition resource(std::uint16_t id, ResourceType type, bool multiple = false) {
  return {id, "R" + std::to_string(id), {true, true, false}, multiple, false, type, "", ""};
}

void checkTruncations(ContentFormat format, const Vector& vector, Truncated truncated) {
  everyTruncation(vector.payload, [&](ByteView part) {
    const auto records = decodeAt(format, part, vector.base, vector.rootPath, vector.prefix);
    if (!records) {
      CHECK(records.error().code == Errc::malformed);
      return;
    }
    CAPTURE(part.size());
    if (truncated == Truncated::malformed) CHECK(part.empty());
    if (truncated == Truncated::anything) return;
    REQUIRE(records->size() <= vector.records.size());
    const auto end = vector.records.begin() + static_cast<std::ptrdiff_t>(records->size());
    CHECK(describe(*records) == describe({vector.records.begin(), end}));
  });
}

void checkEncode(ContentFormat format, const Vector& vector) {
  const auto written = encodeAt(format, vector.records, vector.base, vector.rootPath, vector.prefix);
  REQUIRE(written);
  if (vector.form == Form::canonical) {
    CHECK(toHex(*written) == toHex(vector.payload));
    return;
  }
  const auto again = decodeAt(format, *written, vector.base, vector.rootPath, vector.prefix);
  REQUIRE(again);
  CHECK(describe(*again) == describe(vector.records));
}

}  // namespace

const ObjectRegistry& testRegistry() {
  static const ObjectRegistry registry = [] {
    ObjectRegistry all = ObjectRegistry::builtin();
    all.add({65,
             "Links",
             "",
             {},
             {},
             true,
             false,
             {resource(0, ResourceType::objectLink, true), resource(1, ResourceType::string),
              resource(2, ResourceType::integer)}});
    all.add({66,
             "Linked",
             "",
             {},
             {},
             true,
             false,
             {resource(0, ResourceType::string), resource(1, ResourceType::string),
              resource(2, ResourceType::objectLink)}});
    return all;
  }();
  return registry;
}

Bytes hex(std::string_view digits) { return fromHex(digits).value(); }

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::string describe(const std::vector<Record>& records) {
  std::string out;
  for (const Record& record : records) {
    out += record.path.toString() + " " + std::string(name(typeOf(record.value))) + " " + toText(record.value);
    if (record.time) out += " @" + std::to_string(record.time->time_since_epoch().count());
    out += '\n';
  }
  return out;
}

Result<std::vector<Record>> decodeAt(ContentFormat format, ByteView payload, const Path& base,
                                     std::string_view rootPath, std::string_view prefix) {
  const DeviceModel model(testRegistry(), {});
  return decode(format, ExactBuffer(payload).view(), {model, base, kNow, rootPath, prefix});
}

Result<Bytes> encodeAt(ContentFormat format, const std::vector<Record>& records, const Path& base,
                       std::string_view rootPath, std::string_view prefix) {
  const DeviceModel model(testRegistry(), {});
  return encode(format, records, {model, base, rootPath, prefix});
}

void checkVectors(ContentFormat format, const std::vector<Vector>& vectors, Truncated truncated) {
  for (const Vector& vector : vectors) {
    DYNAMIC_SECTION(vector.title) {
      const auto records = decodeAt(format, vector.payload, vector.base, vector.rootPath, vector.prefix);
      if (!records) FAIL(records.error().text());
      CHECK(describe(*records) == describe(vector.records));
      checkEncode(format, vector);
      checkTruncations(format, vector, truncated);
    }
  }
}

void checkBroken(ContentFormat format, const std::vector<Broken>& table) {
  for (const Broken& broken : table) {
    DYNAMIC_SECTION(broken.title) {
      const auto records = decodeAt(format, broken.payload, broken.base, {}, broken.prefix);
      if (records) FAIL(describe(*records));
      CHECK(records.error().code == Errc::malformed);
      CHECK_FALSE(records.error().message.empty());
      CHECK_FALSE(records.error().where.empty());
    }
  }
}

std::vector<Record> deviceRecords() {
  const auto integer = [](std::int64_t value) { return Value(value); };
  return {{Path(3, 0, 0), std::string("Open Mobile Alliance"), {}},
          {Path(3, 0, 1), std::string("Lightweight M2M Client"), {}},
          {Path(3, 0, 2), std::string("345000123"), {}},
          {Path(3, 0, 3), std::string("1.0"), {}},
          {Path(3, 0, 6, 0), integer(1), {}},
          {Path(3, 0, 6, 1), integer(5), {}},
          {Path(3, 0, 7, 0), integer(3800), {}},
          {Path(3, 0, 7, 1), integer(5000), {}},
          {Path(3, 0, 8, 0), integer(125), {}},
          {Path(3, 0, 8, 1), integer(900), {}},
          {Path(3, 0, 9), integer(100), {}},
          {Path(3, 0, 10), integer(15), {}},
          {Path(3, 0, 11, 0), integer(0), {}},
          {Path(3, 0, 13), Time{1367491215}, {}},
          {Path(3, 0, 14), std::string("+02:00"), {}},
          {Path(3, 0, 16), std::string("U"), {}}};
}

}  // namespace isthmus::lwm2m::testing
