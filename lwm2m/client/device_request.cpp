#include "lwm2m/client/device_request.h"

#include "lwm2m/codec/codec.h"

#include <algorithm>
#include <charconv>

namespace isthmus::lwm2m {
namespace {

constexpr std::uint8_t code(unsigned major, unsigned minor) { return static_cast<std::uint8_t>(major << 5 | minor); }
constexpr std::uint8_t kCreated = code(2, 1), kDeleted = code(2, 2), kChanged = code(2, 4), kContent = code(2, 5),
                       kBadRequest = code(4, 0), kUnauthorized = code(4, 1), kNotFound = code(4, 4),
                       kNotAllowed = code(4, 5), kNotAcceptable = code(4, 6), kUnsupportedFormat = code(4, 15),
                       kInternalError = code(5, 0);
constexpr Version k10{1, 0}, k12{1, 2};

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

DeviceResponse plain(std::uint8_t code, Effect effect = Effect::none) {
  DeviceResponse response;
  response.code = code;
  response.effect = effect;
  return response;
}

DeviceResponse failed(std::uint8_t code, const std::string& why = {}) {
  auto response = plain(code);
  response.payload.assign(why.begin(), why.end());  // a diagnostic payload, RFC 7252 5.5.2
  return response;
}

DeviceResponse failed(const Error& error) { return failed(codeOf(error), error.text()); }

DeviceResponse done(const Result<Effect>& effect, std::uint8_t code = kChanged) {
  return effect ? plain(code, *effect) : failed(effect.error());
}

// Security and OSCORE are the bootstrap server's alone (LwM2M Core E.1, E.10).
bool isForbidden(const Path& path) { return path.depth() > 0 && (path.object() == 0 || path.object() == 21); }

bool carriesSeveral(ContentFormat format) {
  return format != ContentFormat::text && format != ContentFormat::opaque && format != ContentFormat::cbor;
}

bool carriesTimes(ContentFormat format) {
  return format == ContentFormat::senmlJson || format == ContentFormat::senmlCbor ||
         format == ContentFormat::senmlEtchJson || format == ContentFormat::senmlEtchCbor;
}

bool isComposite(ContentFormat format) { return carriesTimes(format) || format == ContentFormat::lwm2mCbor; }

// A request as it concerns one device.
class Answering {
 public:
  Answering(SimulatedDevice& device, const DeviceRequest& request, WallTime now)
      : device_(device), request_(request), now_(now) {}

  DeviceResponse get(const Path& path);
  DeviceResponse put(const Path& path);
  DeviceResponse post(const Path& path);
  DeviceResponse remove(const Path& path);
  DeviceResponse fetch(const Path& path);
  DeviceResponse iPatch(const Path& path);

 private:
  const DeviceTraits& traits() const { return device_.profile().traits; }
  bool understands(ContentFormat format) const { return device_.profile().understands(format); }
  DeviceResponse discover(const Path& path);
  DeviceResponse content(std::vector<Path> paths, bool composite, ContentFormat format);
  DeviceResponse write(const Path& path, Writing how);
  DeviceResponse execute(const Path& path);
  DeviceResponse create(std::uint16_t object);
  Result<std::vector<Record>> payload(const Path& base, ContentFormat usual) const;
  std::optional<DeviceResponse> unfitForComposite(const Path& path) const;
  ContentFormat usualFormat() const;

  SimulatedDevice& device_;
  const DeviceRequest& request_;
  WallTime now_;
};

// Without Accept: TLV, or the first format offered that carries anything.
ContentFormat Answering::usualFormat() const {
  if (understands(ContentFormat::tlv)) return ContentFormat::tlv;
  const auto found = std::find_if(traits().formats.begin(), traits().formats.end(), carriesSeveral);
  return found == traits().formats.end() ? ContentFormat::tlv : *found;
}

DeviceResponse Answering::get(const Path& path) {
  if (path.isRoot()) return failed(kNotAllowed);
  if (request_.accept == ContentFormat::link) return discover(path);
  if (request_.accept && !understands(*request_.accept)) return failed(kNotAcceptable);
  return content({path}, false, request_.accept.value_or(usualFormat()));
}

DeviceResponse Answering::content(std::vector<Path> paths, bool composite, ContentFormat format) {
  auto payload = contentOf(device_, paths, composite, format, now_);
  if (!payload && payload.error().code == Errc::unsupported) return failed(kNotAcceptable, payload.error().text());
  if (!payload) return failed(payload.error());
  auto response = plain(kContent);
  response.format = format;
  response.payload = std::move(*payload);
  response.read = std::move(paths);
  if (traits().enabler >= k12) {
    const std::vector<std::string_view> parameters(request_.queries.begin(), request_.queries.end());
    const auto change = parseAttributes(parameters);
    if (!change) return failed(change.error());
    if (const auto faults = checkValues(change->set); !faults.empty()) return failed(faults.front());
    response.attributes = change->set;
  }
  return response;
}

DeviceResponse Answering::discover(const Path& path) {
  std::optional<unsigned> depth;
  for (const auto& query : request_.queries) {
    unsigned levels = 4;
    if (!query.starts_with("depth=") || traits().enabler < k12) continue;  // since 1.2
    std::from_chars(query.data() + 6, query.data() + query.size(), levels);
    if (levels > 3) return failed(kBadRequest, "depth is 0 to 3");
    depth = levels;
  }
  const auto links = device_.discover(path, depth, request_.account);
  if (!links) return failed(links.error());
  auto response = plain(kContent);
  response.format = ContentFormat::link;
  response.payload.assign(links->begin(), links->end());
  return response;
}

Result<std::vector<Record>> Answering::payload(const Path& base, ContentFormat usual) const {
  const auto format = request_.contentFormat.value_or(usual);
  if (!understands(format)) return fail(Errc::unsupported, "not one of this device's formats");
  const auto model = device_.model();
  return decode(format, request_.payload, {model, base, now_, traits().rootPath, device_.profile().prefix});
}

DeviceResponse Answering::write(const Path& path, Writing how) {
  // Without a Content-Format: text for one resource (LwM2M Core 7.4.1), else TLV.
  const auto records = payload(path, path.depth() >= 3 ? ContentFormat::text : ContentFormat::tlv);
  return records ? done(device_.write(path, *records, how, now_)) : failed(records.error());
}

DeviceResponse Answering::put(const Path& path) {
  const bool isAttributes = request_.payload.empty() && !request_.contentFormat && !request_.queries.empty();
  if (!isAttributes) return path.depth() < 2 ? failed(kNotAllowed) : write(path, Writing::replace);
  if (path.isRoot()) return failed(kNotAllowed);
  const auto written = device_.writeAttributes(path, request_.queries, request_.account);
  return written ? plain(kChanged) : failed(written.error());
}

DeviceResponse Answering::post(const Path& path) {
  if (path.isRoot() || path.depth() == 4) return failed(kNotAllowed);
  if (path.depth() == 1) return create(path.object());
  if (path.depth() == 2) return write(path, Writing::update);
  const auto* resource = device_.model().resource(path.object(), path.resource());
  const bool isArray = resource && resource->multiple && !resource->operations.execute;
  return isArray ? write(path, Writing::update) : execute(path);
}

DeviceResponse Answering::execute(const Path& path) {
  if (request_.contentFormat.value_or(ContentFormat::text) != ContentFormat::text) return failed(kUnsupportedFormat);
  return done(device_.execute(path, text(request_.payload)));
}

// TLV may leave the new instance's id to the device: it holds resources without an instance around them then.
DeviceResponse Answering::create(std::uint16_t object) {
  const auto free = device_.freeInstance(object);
  if (!free) return failed(free.error());
  constexpr std::uint8_t kInstanceTlv = 0;  // LwM2M Core 7.4.3: bits 7-6 of the type
  const bool isTlv = request_.contentFormat.value_or(ContentFormat::tlv) == ContentFormat::tlv;
  const bool isUnnamed = isTlv && (request_.payload.empty() || request_.payload[0] >> 6 != kInstanceTlv);
  const auto records = payload(isUnnamed ? Path(object, *free) : Path(object), ContentFormat::tlv);
  if (!records) return failed(records.error());
  const bool isNamed = !isUnnamed && !records->empty();
  const auto instance = isNamed ? records->front().path.prefix(2) : Path(object, *free);
  for (const auto& record : *records)
    if (!instance.contains(record.path)) return failed(kBadRequest, "one instance is created at a time");
  const auto created = device_.create(instance, *records, now_);
  if (!created) return failed(created.error());
  auto response = plain(kCreated, Effect::objectsChanged);
  if (!isNamed) response.created = instance;
  return response;
}

DeviceResponse Answering::remove(const Path& path) { return done(device_.remove(path), kDeleted); }

std::optional<DeviceResponse> Answering::unfitForComposite(const Path& path) const {
  if (traits().enabler <= k10) return failed(kNotAllowed);
  if (!path.isRoot()) return failed(kBadRequest, "composite operations are for the root");
  const auto format = request_.contentFormat;
  if (!format || !isComposite(*format) || !understands(*format)) return failed(kUnsupportedFormat);
  return std::nullopt;
}

DeviceResponse Answering::fetch(const Path& path) {
  if (auto refusal = unfitForComposite(path)) return *refusal;
  const auto format = request_.accept.value_or(*request_.contentFormat);
  if (!isComposite(format) || !understands(format)) return failed(kNotAcceptable);
  auto paths = decodePaths(*request_.contentFormat, request_.payload, traits().rootPath, device_.profile().prefix);
  if (!paths) return failed(paths.error());
  return content(std::move(*paths), true, format);
}

DeviceResponse Answering::iPatch(const Path& path) {
  if (auto refusal = unfitForComposite(path)) return *refusal;
  const auto records = payload(Path(), ContentFormat::senmlCbor);
  if (!records) return failed(records.error());
  for (const auto& record : *records)
    if (isForbidden(record.path)) return failed(kUnauthorized);
  return done(device_.writeComposite(*records, now_));
}

// The path below the root path; nothing: outside of it.
std::optional<std::string> belowRoot(const std::string& path, const std::string& root) {
  if (!path.starts_with(root)) return std::nullopt;
  auto rest = path.substr(root.size());
  if (rest.empty()) return "/";
  return rest[0] == '/' ? std::optional(rest) : std::nullopt;
}

}  // namespace

Result<Bytes> contentOf(const SimulatedDevice& device, std::span<const Path> paths, bool composite,
                        ContentFormat format, WallTime now) {
  std::vector<Record> records;
  if (composite) {
    records = device.readAll(paths, now);
  } else {
    auto one = device.read(paths.front(), now);
    if (!one) return tl::unexpected(one.error());
    records = std::move(*one);
  }
  const auto& traits = device.profile().traits;
  if (traits.timestamps && carriesTimes(format))
    for (auto& record : records) record.time = now;
  const auto model = device.model();
  return encode(format, records, {model, composite ? Path() : paths.front(), traits.rootPath, device.profile().prefix});
}

DeviceResponse answer(SimulatedDevice& device, const DeviceRequest& request, WallTime now) {
  const auto below = belowRoot(request.path, device.profile().root());
  if (!below) return failed(kNotFound);
  const auto path = Path::parse(*below);
  if (!path) return failed(kBadRequest, path.error().text());
  if (isForbidden(*path)) return failed(kUnauthorized);
  Answering answering(device, request, now);
  switch (request.method) {
    case Method::get: return answering.get(*path);
    case Method::put: return answering.put(*path);
    case Method::post: return answering.post(*path);
    case Method::remove: return answering.remove(*path);
    case Method::fetch: return answering.fetch(*path);
    case Method::iPatch: return answering.iPatch(*path);
    default: return failed(kNotAllowed);
  }
}

}  // namespace isthmus::lwm2m
