// XML of a CSE: any bytes are taken or refused, and what is read can be written and read again to the same.
#include "ipe/base/bytes.h"
#include "onem2m/codec/primitive_text.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus;
  using namespace isthmus::onem2m;
  const std::string_view bytes = text(ByteView(data, size));
  if (const auto json = toJson(Serialisation::xml, bytes)) {
    if (!isUtf8(*json)) std::abort();
    if (const auto xml = fromJson(Serialisation::xml, *json)) {
      const auto again = toJson(Serialisation::xml, *xml);
      if (!again) std::abort();
      const auto third = fromJson(Serialisation::xml, *again);
      if (!third || toJson(Serialisation::xml, *third) != *again) std::abort();
    }
  }
  (void)readResponse(Serialisation::xml, bytes);
  (void)readRequest(Serialisation::xml, bytes);
  return 0;
}
