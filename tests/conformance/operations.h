#pragma once

#include "lwm2m/server/device_operation.h"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a test asks of a device, in one line each.
namespace isthmus::conformance {

using Operation = lwm2m::DeviceOperation;
using Kind = lwm2m::OperationKind;
using Format = lwm2m::ContentFormat;
using MaybeFormat = std::optional<Format>;

inline lwm2m::Path at(std::string_view text) { return lwm2m::Path::parse(text).value(); }

inline std::vector<lwm2m::Path> at(const std::vector<std::string_view>& texts) {
  std::vector<lwm2m::Path> paths;
  for (const auto text : texts) paths.push_back(at(text));
  return paths;
}

inline lwm2m::Record record(std::string_view path, lwm2m::Value value) { return {at(path), std::move(value), {}}; }
inline lwm2m::Record record(std::string_view path, int value) {
  return record(path, lwm2m::Value(std::int64_t{value}));
}
inline lwm2m::Record record(std::string_view path, const char* value) {
  return record(path, lwm2m::Value(std::string(value)));
}

inline Operation operation(Kind kind, std::vector<lwm2m::Path> paths, MaybeFormat format = {}) {
  Operation asked;
  asked.kind = kind;
  asked.paths = std::move(paths);
  asked.format = format;
  return asked;
}

inline Operation read(std::string_view path, MaybeFormat format = {}) {
  return operation(Kind::read, {at(path)}, format);
}
inline Operation discover(std::string_view path, std::optional<std::uint8_t> depth = {}) {
  auto asked = operation(Kind::discover, {at(path)});
  asked.depth = depth;
  return asked;
}

inline Operation write(std::string_view path, std::vector<lwm2m::Record> records, MaybeFormat format = {},
                       lwm2m::WriteMode mode = lwm2m::WriteMode::replace) {
  auto asked = operation(Kind::write, {at(path)}, format);
  asked.records = std::move(records);
  asked.writeMode = mode;
  return asked;
}
template <class T>
Operation writeOne(std::string_view path, T value, MaybeFormat format = {}) {
  return write(path, {record(path, std::move(value))}, format);
}
inline Operation update(std::string_view path, std::vector<lwm2m::Record> records, MaybeFormat format = {}) {
  return write(path, std::move(records), format, lwm2m::WriteMode::update);
}

// "pmin=1&gt=2&lt": as in a query.
inline Operation attributes(std::string_view path, std::string_view query) {
  auto asked = operation(Kind::writeAttributes, {at(path)});
  const auto change = lwm2m::parseAttributes(query);
  REQUIRE(change);
  asked.attributes = change->set;
  asked.unset = change->unset;
  return asked;
}

inline Operation execute(std::string_view path, std::string arguments = {}) {
  auto asked = operation(Kind::execute, {at(path)});
  asked.arguments = std::move(arguments);
  return asked;
}
inline Operation create(std::string_view path, std::vector<lwm2m::Record> records, MaybeFormat format = {}) {
  auto asked = operation(Kind::create, {at(path)}, format);
  asked.records = std::move(records);
  return asked;
}
inline Operation deleteAt(std::string_view path) { return operation(Kind::remove, {at(path)}); }

inline Operation observe(std::string_view path, MaybeFormat format = {}) {
  return operation(Kind::observe, {at(path)}, format);
}
inline Operation cancel(std::string_view path, lwm2m::CancelMode mode = lwm2m::CancelMode::active) {
  auto asked = operation(Kind::cancelObservation, {at(path)});
  asked.cancelMode = mode;
  return asked;
}

inline Operation readAll(const std::vector<std::string_view>& paths, MaybeFormat format = {}) {
  return operation(Kind::readComposite, at(paths), format);
}
inline Operation writeAll(std::vector<lwm2m::Record> records, MaybeFormat format = {}) {
  std::vector<lwm2m::Path> paths;
  for (const auto& one : records) paths.push_back(one.path);
  auto asked = operation(Kind::writeComposite, std::move(paths), format);
  asked.records = std::move(records);
  return asked;
}
inline Operation observeAll(const std::vector<std::string_view>& paths, MaybeFormat format = {}) {
  return operation(Kind::observeComposite, at(paths), format);
}
inline Operation cancelAll(const std::vector<std::string_view>& paths,
                           lwm2m::CancelMode mode = lwm2m::CancelMode::active) {
  auto asked = operation(Kind::cancelCompositeObservation, at(paths));
  asked.cancelMode = mode;
  return asked;
}

}  // namespace isthmus::conformance
