#include "codec_round_trip.h"

// The first byte of an input says in which format and below which root.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus::lwm2m;
  if (size == 0) return 0;
  const auto format = (data[0] & 1U) != 0 ? ContentFormat::senmlCbor : ContentFormat::senmlJson;
  const std::string_view root = (data[0] & 2U) != 0 ? "/lwm2m" : "";
  const std::string_view prefix = (data[0] & 4U) != 0 ? "dev1" : "";
  const auto paths = decodePaths(format, {data + 1, size - 1}, root, prefix);
  if (!paths) return 0;
  const auto written = encodePaths(format, *paths, root, prefix);
  if (!written || decodePaths(format, *written, root, prefix) != paths) std::abort();
  return 0;
}
