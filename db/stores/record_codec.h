#pragma once

#include "db/stores/blob.h"
#include "ipe/proxy/journal.h"

#include <functional>
#include <span>
#include <vector>

namespace isthmus::db {

// The binary columns of the journal. Decoders say false for bytes that no encoder wrote.

// 22 bytes: ip, port, scope; over DTLS a 23rd, the transport.
void encodeAddress(const lwm2m::coap::Address& address, BlobWriter& out);
bool decodeAddress(ByteView bytes, lwm2m::coap::Address& address);

// Its observations, whether they are still being made, and the gateway that it stands behind.
void encodeObservations(const lwm2m::Registration& registration, BlobWriter& out);
bool decodeObservations(ByteView bytes, lwm2m::Registration& registration);

// About 20 bytes for an exchange with an IPv4 peer.
void encodeAnswered(std::span<const lwm2m::coap::AnsweredExchange> answered, BlobWriter& out);
bool decodeAnswered(ByteView bytes, const std::function<void(const lwm2m::coap::AnsweredExchange&)>& each);

// About 6 bytes for a reading that came or went.
void encodeAccounts(std::span<const proxy::AccountChange> accounts, BlobWriter& out);
bool decodeAccounts(ByteView bytes, const std::function<void(const proxy::AccountChange&)>& each);

}  // namespace isthmus::db
