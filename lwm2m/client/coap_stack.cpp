#include "lwm2m/client/coap_stack.h"

#include <cstring>
#include <netdb.h>

namespace isthmus::lwm2m {

Result<coap_address_t> resolveServer(const std::string& uri) {
  coap_uri_t parts{};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(uri.data());
  const bool known = uri.starts_with("coap://") || uri.starts_with("coaps://");
  if (!known || coap_split_uri(bytes, uri.size(), &parts) < 0)
    return fail(Errc::configuration, "not a coap:// or coaps:// address", uri);
  const std::string host(reinterpret_cast<const char*>(parts.host.s), parts.host.length);
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int problem = getaddrinfo(host.c_str(), std::to_string(parts.port).c_str(), &hints, &found);
  if (problem != 0) return fail(Errc::configuration, gai_strerror(problem), uri);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  coap_address_t address;
  coap_address_init(&address);
  if (found->ai_addrlen > sizeof address.addr) return fail(Errc::configuration, "not an IP address", uri);
  address.size = found->ai_addrlen;
  std::memcpy(&address.addr, found->ai_addr, found->ai_addrlen);
  return address;
}

coap_session_t* newSecureSession(coap_context_t* context, const coap_address_t* local, const coap_address_t& server,
                                 const std::string& identity, ByteView key) {
  coap_dtls_cpsk_t setup{};  // copied by libcoap
  setup.version = COAP_DTLS_CPSK_SETUP_VERSION;
  setup.psk_info.identity = {identity.size(), reinterpret_cast<const std::uint8_t*>(identity.data())};
  setup.psk_info.key = {key.size(), key.data()};
  return coap_new_client_session_psk2(context, local, &server, COAP_PROTO_DTLS, &setup);
}

std::vector<std::string> valuesOf(const coap_pdu_t* pdu, std::uint16_t option) {
  coap_opt_filter_t filter;
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, option);
  coap_opt_iterator_t iterator;
  coap_option_iterator_init(pdu, &iterator, &filter);
  std::vector<std::string> values;
  while (const auto* found = coap_option_next(&iterator))
    values.emplace_back(reinterpret_cast<const char*>(coap_opt_value(found)), coap_opt_length(found));
  return values;
}

std::string pathOf(const coap_pdu_t* pdu, std::uint16_t option) {
  std::string path;
  for (const auto& segment : valuesOf(pdu, option)) path += "/" + segment;
  return path.empty() ? "/" : path;
}

std::optional<std::uint32_t> numberOf(const coap_pdu_t* pdu, std::uint16_t option) {
  coap_opt_iterator_t iterator;
  const auto* found = coap_check_option(pdu, option, &iterator);
  if (!found) return std::nullopt;
  return coap_decode_var_bytes(coap_opt_value(found), coap_opt_length(found));
}

void addOption(coap_pdu_t* pdu, std::uint16_t option, std::string_view value) {
  coap_add_option(pdu, option, value.size(), reinterpret_cast<const std::uint8_t*>(value.data()));
}

void addOption(coap_pdu_t* pdu, std::uint16_t option, std::uint32_t value) {
  std::uint8_t bytes[4];
  const auto size = coap_encode_var_safe(bytes, sizeof bytes, value);
  coap_add_option(pdu, option, size, bytes);
}

void addPath(coap_pdu_t* pdu, std::uint16_t option, std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto segment = path.substr(0, path.find('/'));
    addOption(pdu, option, segment);
    path.remove_prefix(segment.size());
  }
}

}  // namespace isthmus::lwm2m
