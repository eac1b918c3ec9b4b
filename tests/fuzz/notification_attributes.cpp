#include "lwm2m/model/notification_attributes.h"

#include "ipe/base/bytes.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus::lwm2m;
  const auto change = parseAttributes(isthmus::text({data, size}));
  if (!change) return 0;
  if (parseAttributes(toQuery(change->set, change->unset)) != change) std::abort();
  if (inherited(change->set, {}) != change->set || inherited({}, change->set) != change->set) std::abort();
  (void)checkValues(change->set);
  (void)checkTarget(change->set, Path(3303, 0), ResourceType::none);
  return 0;
}
