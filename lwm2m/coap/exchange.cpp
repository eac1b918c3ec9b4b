#include "lwm2m/coap/exchange.h"

namespace isthmus::lwm2m::coap {

std::uint32_t ExchangeTable::place(std::unique_ptr<Exchange> exchange) {
  const std::uint32_t index = exchanges_.take();
  exchanges_[index] = std::move(exchange);
  return index;
}

std::uint32_t ExchangeTable::append(std::uint32_t& first, std::unique_ptr<Exchange> exchange) {
  const std::uint32_t index = place(std::move(exchange));
  std::uint32_t* link = &first;
  while (*link != kNone) link = &(*this)[*link].next;
  *link = index;
  return index;
}

std::uint32_t ExchangeTable::prepend(std::uint32_t& first, std::unique_ptr<Exchange> exchange) {
  exchange->next = first;
  first = place(std::move(exchange));
  return first;
}

std::unique_ptr<Exchange> ExchangeTable::remove(std::uint32_t& first, std::uint32_t index) {
  std::uint32_t* link = &first;
  while (*link != index) link = &(*this)[*link].next;
  *link = (*this)[index].next;
  std::unique_ptr<Exchange> exchange = std::move(exchanges_[index]);
  exchanges_.give(index);
  return exchange;
}

std::size_t ExchangeTable::count(std::uint32_t first) const {
  std::size_t total = 0;
  for (std::uint32_t index = first; index != kNone; index = (*this)[index].next) ++total;
  return total;
}

}  // namespace isthmus::lwm2m::coap
