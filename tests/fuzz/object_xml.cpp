#include "lwm2m/codec/object_xml.h"

#include "ipe/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus::lwm2m;
  auto objects = parseObjectXml(isthmus::text({data, size}));
  if (!objects) return 0;
  ObjectRegistry registry;
  for (ObjectDefinition& object : *objects) registry.add(std::move(object));
  return registry.size() <= objects->size() ? 0 : 1;
}
