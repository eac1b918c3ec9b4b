// Configuration files: whatever the text, parsing ends, and each fault says where.
#include "config/loader/load.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace isthmus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = config::parseConfig(text, "fuzz.json");
  for (const auto& fault : parsed.faults) {
    if (fault.message.empty() || fault.where.empty()) std::abort();
  }
  if (config::describe(parsed.config).size() != parsed.origins.size()) std::abort();
  // The same bytes as a flag, and as a variable's value.
  const std::string assignment(text);
  const std::string overrides[] = {assignment, "mapping.files=" + assignment, "onem2m.cse=" + assignment};
  config::parseConfig("{}", "fuzz.json", overrides,
                      {{"ISTHMUS_LWM2M__COAP", assignment}, {"ISTHMUS_" + assignment, "x"}});
  return 0;
}
