#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/result.h"

#include <coap3/coap.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// libcoap's handles with their owners, and its options in the types of this code base. For the sources of this folder
// only.
namespace isthmus::lwm2m {

struct ContextFree {
  void operator()(coap_context_t* context) const { coap_free_context(context); }
};
using CoapContext = std::unique_ptr<coap_context_t, ContextFree>;

// A client session holds a reference of its own: its messages under way may outlive this handle.
struct SessionRelease {
  void operator()(coap_session_t* session) const {
    coap_session_set_app_data(session, nullptr);
    coap_session_release(session);
  }
};
using CoapSession = std::unique_ptr<coap_session_t, SessionRelease>;

// "coap://host[:port]" or "coaps://...", resolved.
Result<coap_address_t> resolveServer(const std::string& uri);

// A session over DTLS, which begins its handshake; messages wait for its end. Null: no socket.
coap_session_t* newSecureSession(coap_context_t* context, const coap_address_t* local, const coap_address_t& server,
                                 const std::string& identity, ByteView key);

// Without the path's own slashes: "/3303/0" for the options 3303 and 0.
std::string pathOf(const coap_pdu_t* pdu, std::uint16_t option);
std::vector<std::string> valuesOf(const coap_pdu_t* pdu, std::uint16_t option);
std::optional<std::uint32_t> numberOf(const coap_pdu_t* pdu, std::uint16_t option);

// Options go in ascending order (libcoap's coap_add_option).
void addOption(coap_pdu_t* pdu, std::uint16_t option, std::string_view value);
void addOption(coap_pdu_t* pdu, std::uint16_t option, std::uint32_t value);
void addPath(coap_pdu_t* pdu, std::uint16_t option, std::string_view path);

}  // namespace isthmus::lwm2m
