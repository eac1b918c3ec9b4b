#include "lwm2m/client/device_request.h"

#include "lwm2m/codec/codec.h"

namespace isthmus::lwm2m {
namespace {

constexpr std::uint8_t code(unsigned major, unsigned minor) { return static_cast<std::uint8_t>(major << 5 | minor); }
constexpr std::uint8_t kChanged = code(2, 4), kContent = code(2, 5), kBadRequest = code(4, 0), kNotFound = code(4, 4),
                       kNotAllowed = code(4, 5), kNotAcceptable = code(4, 6), kUnsupportedFormat = code(4, 15),
                       kInternalError = code(5, 0);

std::uint8_t codeOf(const Error& error) {
  switch (error.code) {
    case Errc::notFound: return kNotFound;
    case Errc::refused: return kNotAllowed;
    case Errc::malformed:
    case Errc::conflict: return kBadRequest;
    case Errc::unsupported: return kUnsupportedFormat;
    default: return kInternalError;
  }
}

DeviceResponse failed(std::uint8_t code, const std::string& why = {}) {
  return {code, std::nullopt, Bytes(why.begin(), why.end()), Effect::none};  // a diagnostic payload, RFC 7252 5.5.2
}

DeviceResponse failed(const Error& error) { return failed(codeOf(error), error.text()); }

DeviceResponse done(const Result<Effect>& effect) {
  if (!effect) return failed(effect.error());
  return {kChanged, std::nullopt, {}, *effect};
}

DeviceResponse discover(const SimulatedDevice& device, const Path& path) {
  const auto links = device.discover(path);
  if (!links) return failed(links.error());
  return {kContent, ContentFormat::link, Bytes(links->begin(), links->end()), Effect::none};
}

DeviceResponse read(const SimulatedDevice& device, const Path& path, const DeviceRequest& request, WallTime now) {
  if (request.accept == ContentFormat::link) return discover(device, path);
  const auto records = device.read(path, now);
  if (!records) return failed(records.error());
  const auto model = device.model();
  const auto format = request.accept.value_or(ContentFormat::tlv);
  auto payload = encode(format, *records, {model, path, {}});
  if (!payload) return failed(kNotAcceptable, payload.error().text());
  return {kContent, format, std::move(*payload), Effect::none};
}

DeviceResponse write(SimulatedDevice& device, const Path& path, const DeviceRequest& request, WallTime now) {
  // Without a Content-Format: text for one resource (LwM2M Core 7.4.1), else TLV.
  const auto usual = path.depth() >= 3 ? ContentFormat::text : ContentFormat::tlv;
  const auto model = device.model();
  const auto records = decode(request.contentFormat.value_or(usual), request.payload, {model, path, now, {}});
  if (!records) return failed(records.error());
  return done(device.write(path, *records));
}

DeviceResponse put(SimulatedDevice& device, const Path& path, const DeviceRequest& request, WallTime now) {
  const bool isAttributes = request.payload.empty() && !request.contentFormat && !request.queries.empty();
  if (!isAttributes) return path.depth() < 2 ? failed(kNotAllowed) : write(device, path, request, now);
  const auto written = device.writeAttributes(path, request.queries);
  return written ? DeviceResponse{kChanged, std::nullopt, {}, Effect::none} : failed(written.error());
}

DeviceResponse post(SimulatedDevice& device, const Path& path, const DeviceRequest& request, WallTime now) {
  if (path.depth() < 2) return failed(kNotAllowed);  // Create
  const auto* resource = path.depth() == 3 ? device.model().resource(path.object(), path.resource()) : nullptr;
  if (path.depth() == 2 || (resource && resource->multiple)) return write(device, path, request, now);
  return done(device.execute(path));
}

}  // namespace

DeviceResponse answer(SimulatedDevice& device, const DeviceRequest& request, WallTime now) {
  if (request.method >= Method::fetch) return failed(kNotAllowed);
  const auto path = Path::parse(request.path);
  if (!path) return failed(kBadRequest, path.error().text());
  if (path->isRoot()) return failed(kNotAllowed);
  switch (request.method) {
    case Method::get: return read(device, *path, request, now);
    case Method::put: return put(device, *path, request, now);
    case Method::post: return post(device, *path, request, now);
    default: return failed(kNotAllowed);
  }
}

}  // namespace isthmus::lwm2m
