// Send (LwM2M Core 6.4.6): values that a device reports unasked.
#include "lwm2m/server/answers.h"
#include "lwm2m/server/server.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

using coap::Response;

constexpr ContentFormat kUsualFormat = ContentFormat::senmlCbor;

// LwM2M Core 6.4.6: of instances that the device has registered.
const Record* firstUndeclared(std::span<const Record> records, std::span<const DeclaredInstance> declared) {
  const auto found = std::ranges::find_if(records, [&](const Record& record) {
    return std::ranges::find(declared, DeclaredInstance{record.path.object(), record.path.instance()}) ==
           declared.end();
  });
  return found == records.end() ? nullptr : &*found;
}

}  // namespace

Response Server::onSend(const coap::IncomingRequest& request) {
  if (request.message.code != coap::code::kPost) return plain(coap::code::kMethodNotAllowed);
  const auto count = [this](Response response) {
    ++counters_.sendsRefused;
    return response;
  };
  Device* device = senderOf(request.key.peer);
  if (device == nullptr) return count(plain(coap::code::kBadRequest, "no registration is known from here"));
  heard(*device);
  const auto number = request.message.uintOption(coap::option::kContentFormat);
  const auto format = number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
  const auto groups = decodeSend(*device, format, request.payload);
  if (!groups) {
    ++counters_.badReports;
    listener_.onBadReport(
        {device->registration, Path(), format, request.payload, groups.error(), request.key, ReportKind::send});
    return count(plain(coap::code::kBadRequest, groups.error().text()));
  }
  if (const auto refused = refusalOfSend(*device, *groups)) return count(plain(refused->code, refused->reason));
  return takeSend(*device, *groups, request, format ? static_cast<ContentFormat>(*format) : kUsualFormat);
}

// By end device; of a device that is no gateway all records are its own.
Result<std::vector<EndDeviceRecords>> Server::decodeSend(const Device& device, std::optional<std::uint16_t> format,
                                                         ByteView payload) {
  const OperationContext context = contextOf(device);
  if (gateways_.has(device.registration.device)) {
    const auto modelOfEndDevice = [this, &device](std::string_view prefix) {
      const Device* end = prefix.empty() ? &device : endDeviceAt(device, prefix);
      return end != nullptr ? modelOf(*end) : DeviceModel(registry_, {});
    };
    return decodeByPrefix(format ? static_cast<ContentFormat>(*format) : kUsualFormat, payload,
                          {modelOfEndDevice, context.now, context.rootPath});
  }
  const Path root;
  auto records = recordsOf({&root, 1}, format, kUsualFormat, payload, context);
  if (!records) return tl::unexpected(std::move(records.error()));
  std::vector<EndDeviceRecords> groups;
  groups.push_back({{}, *std::move(records)});
  return groups;
}

std::optional<Refusal> Server::refusalOfSend(Device& device, std::span<const EndDeviceRecords> groups) {
  for (const EndDeviceRecords& group : groups) {
    const Device* from = group.prefix.empty() ? &device : endDeviceAt(device, group.prefix);
    if (from == nullptr) return Refusal{coap::code::kNotFound, "/" + group.prefix + " is not registered"};
    const Result<ObjectList> objects = parseObjectList(from->registration.objectLinks);
    const Record* stray = objects ? firstUndeclared(group.records, objects->instances) : nullptr;
    if (stray != nullptr)
      return Refusal{coap::code::kNotFound, stray->path.prefix(2).toString() + " is not registered"};
  }
  return std::nullopt;
}

Response Server::takeSend(Device& device, std::span<const EndDeviceRecords> groups,
                          const coap::IncomingRequest& request, ContentFormat format) {
  const ByteView payload = groups.size() == 1 ? request.payload : ByteView();
  const Admission admission = listener_.admit(device.registration.endpoint);
  std::vector<Report> parts;
  for (const EndDeviceRecords& group : groups) {
    const Device& from = group.prefix.empty() ? device : *endDeviceAt(device, group.prefix);
    parts.push_back(
        {from.registration, modelOf(from), Path(), group.records, request.key, ReportKind::send, payload, format});
  }
  if (!admission.admitted || listener_.onReport(parts) != coap::Verdict::acknowledge) {
    ++counters_.sendsRefused;
    return serviceUnavailable(admission.retryAfter, "busy: send again later");
  }
  ++counters_.sends;
  Response response = plain(coap::code::kChanged);
  listener_.onAnswered({request.key, response.code, response.rebuildKey});
  return response;
}

// The registration of the peer that speaks: by its identity where it has proved one, else by its address.
Device* Server::senderOf(const coap::Address& peer) {
  const auto identity = security_ != nullptr ? security_->identityOf(peer) : std::nullopt;
  const auto endpoint = identity ? security_->endpointOf(*identity) : std::nullopt;
  std::optional<std::uint32_t> index;
  if (endpoint) index = devices_.find(*endpoint);
  if (!identity) index = devices_.findByAddress(peer);
  Device* device = index ? devices_.at(*index) : nullptr;
  const bool registered = device != nullptr && device->registration.state == RegistrationState::registered;
  return registered && mayActFor(*device, peer) && isFrom(*device, peer) ? device : nullptr;
}

}  // namespace isthmus::lwm2m
