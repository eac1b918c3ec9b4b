// Any bytes as an HTTP answer: read whole and byte by byte they have to come to the same end.
#include "onem2m/http/http_answer.h"

#include "ipe/base/bytes.h"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace isthmus;
using namespace isthmus::onem2m;

bool sameEnd(AnswerReader& a, AnswerReader& b) {
  const HttpAnswer& x = a.answer();
  const HttpAnswer& y = b.answer();
  return a.headIsWhole() == b.headIsWhole() && x.httpStatus == y.httpStatus && x.responseStatus == y.responseStatus &&
         x.requestId == y.requestId && x.bodyIsWhole == y.bodyIsWhole && x.bodyTooLarge == y.bodyTooLarge &&
         (x.bodyTooLarge || x.body == y.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxBody = 256;
  const std::string_view bytes = text(ByteView(data, size));
  AnswerReader whole(kMaxBody);
  const auto atOnce = whole.feed(bytes);
  AnswerReader pieces(kMaxBody);
  Result<bool> inPieces = false;
  for (std::size_t i = 0; i < bytes.size() && inPieces; ++i) inPieces = pieces.feed(bytes.substr(i, 1));
  if (atOnce.has_value() != inPieces.has_value()) std::abort();
  if (!atOnce) return 0;
  if (whole.close().value() != pieces.close().value() || !sameEnd(whole, pieces)) std::abort();
  if (whole.answer().body.size() > kMaxBody) std::abort();
  return 0;
}
