#include "lwm2m/codec/discovery.h"

#include "ipe/base/bytes.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus::lwm2m;
  const auto paths = parseDiscovery(isthmus::text({data, size}));
  if (!paths) return 0;
  for (const DiscoveredPath& found : *paths)
    if (parseAttributes(toQuery(found.attributes)) != AttributeChange{found.attributes, {}}) std::abort();
  return 0;
}
