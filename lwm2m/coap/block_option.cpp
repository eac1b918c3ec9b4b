#include "lwm2m/coap/block_option.h"

namespace isthmus::lwm2m::coap {

std::optional<BlockOption> BlockOption::decode(const OptionView& option) {
  constexpr std::size_t kLongest = 3;
  const auto raw = option.asUint();
  if (!raw || option.value.size() > kLongest) return std::nullopt;
  BlockOption block;
  block.number = *raw >> 4U;
  block.more = (*raw & 8U) != 0;
  block.szx = static_cast<std::uint8_t>(*raw & 7U);
  if (block.szx > kLargestSzx) return std::nullopt;
  return block;
}

std::optional<BlockOption> BlockOption::at(std::size_t offset, std::size_t total, std::uint8_t szx) {
  BlockOption block;
  block.szx = szx;
  if (offset / block.size() > kLargestNumber) return std::nullopt;
  block.number = static_cast<std::uint32_t>(offset / block.size());
  block.more = offset + block.size() < total;
  return block;
}

std::uint8_t BlockOption::szxFor(std::size_t size) {
  std::uint8_t szx = kLargestSzx;
  while (szx > 0 && (std::size_t{16} << szx) > size) --szx;
  return szx;
}

BlockField blockField(const MessageView& message, std::uint16_t number) {
  const OptionView* option = message.find(number);
  if (option == nullptr) return {};
  return {true, BlockOption::decode(*option)};
}

}  // namespace isthmus::lwm2m::coap
