#include "lwm2m/server/observation_token.h"

namespace isthmus::lwm2m {
namespace {

std::uint64_t check(std::uint64_t body, std::uint64_t secret) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(body >> (8 * i));
  return hash64(bytes, secret) & 0xFFFF;
}

}  // namespace

coap::Token ObservationToken::encode(std::uint64_t secret) const {
  const std::uint64_t body = std::uint64_t{device} << 16 | std::uint64_t{generation} << 8 | slot;
  return coap::Token::fromUint(body << 16 | check(body, secret));
}

std::optional<ObservationToken> ObservationToken::decode(const coap::Token& token, std::uint64_t secret) {
  const std::optional<std::uint64_t> word = token.asUint();
  if (!word) return std::nullopt;
  const std::uint64_t body = *word >> 16;
  if ((*word & 0xFFFF) != check(body, secret)) return std::nullopt;
  return ObservationToken{static_cast<std::uint32_t>(body >> 16), static_cast<std::uint8_t>(body >> 8),
                          static_cast<std::uint8_t>(body)};
}

}  // namespace isthmus::lwm2m
