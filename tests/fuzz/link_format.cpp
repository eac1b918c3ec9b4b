#include "lwm2m/codec/link_format.h"

#include "ipe/base/bytes.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus::lwm2m;
  const std::string_view text = isthmus::text({data, size});
  const auto strict = parseLinks(text);
  const auto tolerant = parseLinks(text, LinkSyntax::tolerant);
  if (strict && strict != tolerant) std::abort();
  if (tolerant && parseLinks(serializeLinks(*tolerant)) != tolerant) std::abort();
  (void)parseObjectList(text);
  return 0;
}
