// CBOR of a CSE: any bytes are taken or refused, and what is read can be written and read again to the same.
#include "ipe/base/bytes.h"
#include "onem2m/codec/primitive_text.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus;
  using namespace isthmus::onem2m;
  const std::string_view bytes = text(ByteView(data, size));
  if (const auto json = toJson(Serialisation::cbor, bytes)) {
    if (!isUtf8(*json)) std::abort();
    const auto cbor = fromJson(Serialisation::cbor, *json);
    if (!cbor || toJson(Serialisation::cbor, *cbor) != *json) std::abort();
  }
  (void)readResponse(Serialisation::cbor, bytes);
  (void)readRequest(Serialisation::cbor, bytes);
  return 0;
}
