// What a CSE may answer: every reader has to take any bytes, and what it gives has to be text that can be written
// again.
#include "ipe/base/bytes.h"
#include "onem2m/codec/answer.h"
#include "onem2m/codec/attributes.h"
#include "onem2m/codec/json_text.h"
#include "onem2m/codec/representation.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus;
  using namespace isthmus::onem2m;
  const std::string_view bytes = text(ByteView(data, size));
  if (const auto ae = readAe(bytes)) {
    if (!readAe(toJson(*ae))) std::abort();
  }
  if (const auto policy = readPolicy(bytes)) {
    const auto again = readPolicy(toJson(*policy));
    if (!again || again->privileges != policy->privileges) std::abort();
  }
  if (const auto content = readContent(bytes)) {
    const auto again = readContent(toJson(ContentInstance{"n", *content, "", nullptr}));
    if (!again || *again != *content) std::abort();
  }
  if (const auto attributes = readAttributes(bytes)) {
    SpecializedResource resource;
    resource.root = "cod:any";
    resource.attributes = *attributes;
    const auto again = readResourceAttributes(toJson(resource));
    if (!again || *again != *attributes) std::abort();
  }
  (void)readResourceId(bytes);
  if (!isUtf8(diagnostics(bytes))) std::abort();
  std::string json;
  appendJsonString(json, bytes);
  if (!isUtf8(json)) std::abort();
  return 0;
}
