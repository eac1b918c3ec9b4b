#include "codec_round_trip.h"

// The first byte of an input says in which format and below which root. Each end device's part, written on its own,
// must come back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus;
  using namespace isthmus::lwm2m;
  if (size == 0) return 0;
  constexpr ContentFormat kFormats[] = {ContentFormat::senmlJson, ContentFormat::senmlCbor, ContentFormat::lwm2mCbor};
  const ContentFormat format = kFormats[(data[0] & 0x7FU) % std::size(kFormats)];
  const std::string_view root = (data[0] & 0x80U) != 0 ? "/lwm2m" : "";
  const DeviceModel model(fuzz::registry(), {});
  const GatewayContext context{[&](std::string_view) { return model; }, WallTime(milliseconds(1'700'000'000'000)),
                               root};
  const auto parts = decodeByPrefix(format, {data + 1, size - 1}, context);
  if (!parts) return 0;
  for (const auto& [prefix, records] : *parts) {
    const auto written = encode(format, records, {model, Path(), root, prefix});
    if (!written) continue;
    const auto again = decodeByPrefix(format, *written, context);
    if (!again || again->size() != 1 || again->front().prefix != prefix ||
        !fuzz::same(fuzz::inOrder(records), fuzz::inOrder(again->front().records)))
      std::abort();
  }
  return 0;
}
