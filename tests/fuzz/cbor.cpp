#include "codec_round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus::lwm2m;
  fuzz::roundTrip(ContentFormat::cbor, data, size, false);
  return 0;
}
