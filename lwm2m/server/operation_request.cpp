#include "lwm2m/server/operation_request.h"

#include "lwm2m/codec/link_format.h"
#include "lwm2m/model/execute_arguments.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

using coap::Code;
namespace option = coap::option;

constexpr std::uint16_t kNoFormat = 65535;  // sent by Awa where it means nothing
constexpr Code kOk{2, 0};                   // Awa's success; no defined code

// LwM2M Transport 6.4.4 and 6.4.5, tables of operations.
struct Form {
  OperationKind kind;
  std::string_view name;
  Code method;
  Code success;
  std::size_t shallowest, deepest;  // levels of its paths
  bool composite = false;
};

constexpr Form kForms[] = {
    {OperationKind::read, "Read", coap::code::kGet, coap::code::kContent, 1, 4},
    {OperationKind::discover, "Discover", coap::code::kGet, coap::code::kContent, 1, 4},
    {OperationKind::write, "Write", coap::code::kPut, coap::code::kChanged, 2, 4},
    {OperationKind::writeAttributes, "Write-Attributes", coap::code::kPut, coap::code::kChanged, 1, 4},
    {OperationKind::execute, "Execute", coap::code::kPost, coap::code::kChanged, 3, 3},
    {OperationKind::create, "Create", coap::code::kPost, coap::code::kCreated, 1, 2},
    {OperationKind::remove, "Delete", coap::code::kDelete, coap::code::kDeleted, 1, 4},
    {OperationKind::observe, "Observe", coap::code::kGet, coap::code::kContent, 1, 4},
    {OperationKind::cancelObservation, "Cancel Observation", coap::code::kGet, coap::code::kContent, 1, 4},
    {OperationKind::readComposite, "Read-Composite", coap::code::kFetch, coap::code::kContent, 0, 4, true},
    {OperationKind::writeComposite, "Write-Composite", coap::code::kIPatch, coap::code::kChanged, 0, 4, true},
    {OperationKind::observeComposite, "Observe-Composite", coap::code::kFetch, coap::code::kContent, 0, 4, true},
    {OperationKind::cancelCompositeObservation, "Cancel Observation-Composite", coap::code::kFetch,
     coap::code::kContent, 0, 4, true},
};

const Form& formOf(OperationKind kind) { return *std::ranges::find(kForms, kind, &Form::kind); }

bool isObserving(OperationKind kind) {
  return kind == OperationKind::observe || kind == OperationKind::observeComposite;
}
bool isCancelling(OperationKind kind) {
  return kind == OperationKind::cancelObservation || kind == OperationKind::cancelCompositeObservation;
}

bool carriesRecords(OperationKind kind) {
  return kind == OperationKind::write || kind == OperationKind::create || kind == OperationKind::writeComposite;
}

bool answersRecords(OperationKind kind) {
  return kind == OperationKind::read || kind == OperationKind::readComposite || isObserving(kind) || isCancelling(kind);
}

// One value of one resource, or of one resource instance.
bool isSingleValue(const DeviceOperation& operation) {
  if (operation.paths.size() != 1 || operation.paths[0].depth() < 3) return false;
  if (operation.kind != OperationKind::write) return true;
  return operation.writeMode == WriteMode::replace && operation.records.size() == 1 &&
         operation.records[0].path == operation.paths[0];
}

bool isOpaque(const DeviceOperation& operation, const DeviceModel& model) {
  const Path& path = operation.paths[0];
  const ResourceDefinition* definition = model.resource(path.object(), path.resource());
  if (definition != nullptr) return definition->type == ResourceType::opaque;
  return !operation.records.empty() && typeOf(operation.records[0].value) == ResourceType::opaque;
}

bool hasNull(const DeviceOperation& operation) {
  return std::ranges::any_of(operation.records, [](const Record& record) { return record.value.index() == 0; });
}

// The device may choose an instance's id only in a payload that names none.
bool leavesIdToDevice(const DeviceOperation& operation) {
  if (operation.kind != OperationKind::create || operation.paths[0].depth() != 1) return false;
  return std::ranges::all_of(operation.records, [&](const Record& record) {
    return record.path.prefix(2) == operation.records[0].path.prefix(2);
  });
}

class Choice {
 public:
  explicit Choice(const OperationContext& context) : context_(context) {}

  void add(ContentFormat format) {
    if (isSupported(format) && std::ranges::find(formats_, format) == formats_.end()) formats_.push_back(format);
  }
  void addListed(std::initializer_list<ContentFormat> formats) {
    for (const ContentFormat format : formats)
      if (context_.formats.has(format)) add(format);
  }
  void addBest(std::initializer_list<ContentFormat> formats) {
    if (std::ranges::find(formats, context_.preferred) != formats.end()) add(context_.preferred);
    addListed(formats);
  }
  std::vector<ContentFormat> take() { return std::move(formats_); }

 private:
  const OperationContext& context_;
  std::vector<ContentFormat> formats_;
};

// Names several objects, so TLV is none of them.
std::vector<ContentFormat> compositeFormats(const DeviceOperation& operation, const OperationContext& context) {
  using enum ContentFormat;
  Choice choice(context);
  if (operation.kind == OperationKind::writeComposite && hasNull(operation)) {  // only SenML-ETCH says "take it away"
    choice.addBest({senmlEtchCbor, senmlEtchJson});
    choice.add(senmlEtchCbor);
    choice.add(senmlEtchJson);
  } else {
    choice.addBest({senmlCbor, senmlJson});
    if (carriesRecords(operation.kind)) choice.addListed({lwm2mCbor});  // it holds no list of paths
    choice.add(senmlCbor);
    choice.add(senmlJson);
  }
  return choice.take();
}

std::vector<ContentFormat> valueFormats(const DeviceOperation& operation, const OperationContext& context) {
  using enum ContentFormat;
  Choice choice(context);
  if (leavesIdToDevice(operation)) {
    choice.add(tlv);
    choice.addListed({lwm2mCbor});
    return choice.take();
  }
  choice.addBest({senmlCbor, senmlJson, tlv, lwm2mCbor, json});
  if (isSingleValue(operation)) choice.addListed({cbor});
  choice.add(tlv);
  if (isSingleValue(operation)) choice.add(isOpaque(operation, context.model) ? opaque : text);
  return choice.take();
}

void addUri(const DeviceOperation& operation, const OperationContext& context, coap::OutgoingRequest& request) {
  request.options.addPath(option::kUriPath, context.rootPath);
  if (!context.prefix.empty()) request.options.add(option::kUriPath, context.prefix);
  if (isComposite(operation.kind)) return;
  const Path& path = operation.paths[0];
  // An instance is created in its object: POST /3303 (LwM2M Core 6.3.6).
  const std::size_t depth = operation.kind == OperationKind::create ? 1 : path.depth();
  for (std::size_t level = 0; level < depth; ++level)
    request.options.add(option::kUriPath, std::to_string(path.id(level)));
}

// Composite operations go without a query: Anjay refuses them with one.
void addQuery(const DeviceOperation& operation, coap::OutgoingRequest& request) {
  if (operation.kind == OperationKind::discover && operation.depth)
    request.options.add(option::kUriQuery, "depth=" + std::to_string(*operation.depth));
  if (operation.kind == OperationKind::writeAttributes || operation.kind == OperationKind::observe) {
    for (const std::string& parameter : toParameters(operation.attributes, operation.unset))
      request.options.add(option::kUriQuery, parameter);
  }
}

// An instance without any resource: nothing that encode() could be given says so.
Bytes emptyInstance(std::uint16_t id) {
  constexpr std::uint8_t kShortId = 0x00, kLongId = 0x20;  // LwM2M Core 7.4.3, an object instance of no bytes
  if (id <= 0xFF) return {kShortId, static_cast<std::uint8_t>(id)};
  return {kLongId, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
}

Result<Bytes> recordsPayload(const DeviceOperation& operation, ContentFormat format, const OperationContext& context) {
  Path base = isComposite(operation.kind) ? Path() : operation.paths[0];
  if (operation.kind == OperationKind::create) {
    if (operation.records.empty() && base.depth() == 2 && format == ContentFormat::tlv)
      return emptyInstance(base.instance());
    if (operation.records.empty() && base.depth() == 2) return fail(Errc::unsupported, "no form for an empty instance");
    const bool nameless = leavesIdToDevice(operation) && !operation.records.empty();
    base = nameless ? operation.records[0].path.prefix(2) : Path(base.object());
  }
  return encode(format, operation.records, {context.model, base, context.rootPath, context.prefix});
}

Result<void> addPayload(const DeviceOperation& operation, ContentFormat format, const OperationContext& context,
                        coap::OutgoingRequest& request) {
  if (operation.kind == OperationKind::execute) {
    if (operation.arguments.empty()) return {};
    const ByteView arguments = view(operation.arguments);
    request.payload.assign(arguments.begin(), arguments.end());
  } else if (carriesRecords(operation.kind) || isComposite(operation.kind)) {
    Result<Bytes> payload = carriesRecords(operation.kind)
                                ? recordsPayload(operation, format, context)
                                : encodePaths(format, operation.paths, context.rootPath, context.prefix);
    if (!payload) return tl::unexpected(std::move(payload.error()));
    request.payload = *std::move(payload);
  } else {
    return {};
  }
  request.options.addUint(option::kContentFormat, static_cast<std::uint32_t>(format));
  return {};
}

std::string diagnosticOf(const coap::IncomingResponse& answer) {
  constexpr std::size_t kLongest = 256;
  const std::string words(text(answer.payload.first(std::min(answer.payload.size(), kLongest))));
  return isUtf8(words) ? words : std::string();
}

std::string_view belowRoot(std::string_view target, const OperationContext& context) {
  if (target.starts_with(context.rootPath)) target.remove_prefix(context.rootPath.size());
  const std::string prefix = "/" + std::string(context.prefix) + "/";
  const bool prefixed = !context.prefix.empty() && target.starts_with(prefix);
  if (prefixed) target.remove_prefix(1 + context.prefix.size());
  return target;
}

std::optional<Path> createdPath(const coap::IncomingResponse& answer, const OperationContext& context) {
  std::string location;
  for (const std::string& segment : answer.locationPath) location += "/" + segment;
  const Result<Path> path = Path::parse(belowRoot(location, context));
  return path ? std::optional(*path) : std::nullopt;
}

Result<std::vector<Link>> linksOf(const coap::IncomingResponse& answer, const OperationContext& context) {
  Result<std::vector<Link>> links = parseLinks(text(answer.payload), LinkSyntax::tolerant);
  if (!links) return links;
  for (Link& link : *links) link.target = std::string(belowRoot(link.target, context));
  return links;
}

std::optional<ContentFormat> formatOf(const coap::IncomingResponse& answer) {
  if (!answer.contentFormat || *answer.contentFormat == kNoFormat) return std::nullopt;
  return static_cast<ContentFormat>(*answer.contentFormat);
}

}  // namespace

bool isComposite(OperationKind kind) { return formOf(kind).composite; }

bool holdsObjects(ContentFormat format) {
  return format != ContentFormat::text && format != ContentFormat::opaque && format != ContentFormat::cbor;
}

Result<void> check(const DeviceOperation& operation) {
  const Form& form = formOf(operation.kind);
  const std::string name(form.name);
  if (operation.paths.empty() && operation.kind != OperationKind::writeComposite)
    return fail(Errc::unsupported, name + " needs a path");
  if (!form.composite && operation.paths.size() > 1) return fail(Errc::unsupported, name + " has one path only");
  for (const Path& path : operation.paths) {
    if (path.depth() < form.shallowest || path.depth() > form.deepest)
      return fail(Errc::unsupported, name + " is not for such a path", path.toString());
  }
  if (operation.kind == OperationKind::execute) {
    const Result<ExecuteArguments> arguments = ExecuteArguments::parse(operation.arguments);
    if (!arguments) return fail(Errc::unsupported, "arguments: " + arguments.error().message, arguments.error().where);
  }
  const bool carries = carriesRecords(operation.kind) || form.composite;
  if (carries && operation.format == kAnyFormat)
    return fail(Errc::unsupported, name + " carries something, so its format is to be named");
  const bool empty = carriesRecords(operation.kind) && operation.records.empty();
  // Written without elements, an array has none.
  const bool emptiesArray = operation.kind == OperationKind::write && operation.writeMode == WriteMode::replace &&
                            operation.paths[0].depth() == 3;
  if (empty && operation.kind != OperationKind::create && !emptiesArray)
    return fail(Errc::unsupported, name + " needs a value");
  return {};
}

std::vector<ContentFormat> formatsFor(const DeviceOperation& operation, const OperationContext& context) {
  if (operation.kind == OperationKind::discover) return {ContentFormat::link};
  if (!carriesRecords(operation.kind) && !answersRecords(operation.kind)) return {ContentFormat::text};
  if (operation.format) return {*operation.format};
  return isComposite(operation.kind) ? compositeFormats(operation, context) : valueFormats(operation, context);
}

Result<coap::OutgoingRequest> requestOf(const DeviceOperation& operation, ContentFormat format,
                                        const OperationContext& context) {
  coap::OutgoingRequest request;
  request.code = formOf(operation.kind).method;
  if (operation.kind == OperationKind::write && operation.writeMode == WriteMode::update)
    request.code = coap::code::kPost;
  addUri(operation, context, request);
  addQuery(operation, request);
  if (auto added = addPayload(operation, format, context, request); !added)
    return tl::unexpected(std::move(added.error()));
  if (isObserving(operation.kind)) request.options.addUint(option::kObserve, 0);  // RFC 7641 2
  if (isCancelling(operation.kind)) request.options.addUint(option::kObserve, 1);
  const bool answersContent = answersRecords(operation.kind) || operation.kind == OperationKind::discover;
  if (answersContent && format != kAnyFormat)
    request.options.addUint(option::kAccept, static_cast<std::uint32_t>(format));
  return request;
}

Result<OperationOutcome> outcomeOf(const DeviceOperation& operation, ContentFormat asked,
                                   const coap::IncomingResponse& answer, const OperationContext& context) {
  OperationOutcome outcome{.code = answer.code, .format = formatOf(answer)};
  if (!answer.code.isSuccess()) {
    outcome.diagnostic = diagnosticOf(answer);
    return outcome;
  }
  const Form& form = formOf(operation.kind);
  if (answer.code != form.success && answer.code != kOk)
    return fail(Errc::malformed, std::string(form.name) + " answered with " + answer.code.toString());
  if (operation.kind == OperationKind::create) outcome.created = createdPath(answer, context);
  if (operation.kind == OperationKind::discover) {
    Result<std::vector<Link>> links = linksOf(answer, context);
    if (!links) return tl::unexpected(std::move(links.error()));
    outcome.links = *std::move(links);
  }
  if (answersRecords(operation.kind)) {
    auto records = recordsOf(operation.paths, answer.contentFormat, asked, answer.payload, context);
    if (!records) return fail(Errc::malformed, std::move(records.error().message), std::move(records.error().where));
    outcome.records = *std::move(records);
  }
  return outcome;
}

Result<std::vector<Record>> recordsOf(std::span<const Path> paths, std::optional<std::uint16_t> format,
                                      ContentFormat asked, ByteView payload, const OperationContext& context) {
  const Path base = paths.size() == 1 ? paths[0] : Path();
  if (format == kNoFormat) format.reset();
  if (!format && payload.empty()) return std::vector<Record>();
  const ContentFormat usual = asked == kAnyFormat ? ContentFormat::tlv : asked;
  const ContentFormat guess = base.depth() >= 3 ? ContentFormat::text : usual;
  const ContentFormat given = format ? static_cast<ContentFormat>(*format) : guess;
  const DecodeContext how{context.model, base, context.now, context.rootPath, context.prefix};
  return paths.size() == 1 ? decode(given, payload, how) : decodeComposite(given, payload, paths, how);
}

}  // namespace isthmus::lwm2m
