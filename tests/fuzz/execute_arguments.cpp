#include "lwm2m/model/execute_arguments.h"

#include "ipe/base/bytes.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus::lwm2m;
  const std::string_view text = isthmus::text({data, size});
  const auto arguments = ExecuteArguments::parse(text);
  if (arguments && arguments->toString() != text) std::abort();
  return 0;
}
