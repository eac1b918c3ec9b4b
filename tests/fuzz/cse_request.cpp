// Requests to the try-out CSE. A file holds several, divided by a line "---": the first line says operation (1-5),
// originator, resource type, address and query ("1 CIsthmus 3 cse-in/a?rcn=1"), the rest is the content. Whatever they
// are, each gets an answer that is JSON or nothing.
#include "onem2m/cse/content.h"
#include "onem2m/cse/cse.h"
#include "tests/support/fake_clock.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace isthmus;
using namespace isthmus::onem2m;

namespace {

std::string_view take(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + end.size());
  return part;
}

unsigned number(std::string_view text) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

RequestPrimitive requestOf(std::string_view record) {
  std::string_view head = take(record, "\n");
  RequestPrimitive request;
  request.operation = static_cast<Operation>(1 + (number(take(head, " ")) + 4) % 5);
  request.from = take(head, " ");
  if (const std::string_view type = take(head, " "); type != "-")
    request.type = static_cast<ResourceType>(number(type));
  request.to = take(head, "?");
  while (!head.empty()) {
    std::string_view pair = take(head, "&");
    const std::string_view name = take(pair, "=");
    request.query.emplace_back(name, pair);
  }
  request.requestId = "r";
  request.releaseVersion = "3";
  request.content = record;
  return request;
}

void check(const ResponsePrimitive& answer) {
  if (answer.status < 2000 || answer.status > 6999) std::abort();
  if (answer.content.empty()) return;
  const auto parsed = cse::parseContent(answer.content);
  if (parsed) return;
  // {"m2m:dbg":"..."} and {"m2m:uri":"..."} are JSON, but no resource; a listing nests deeper than a request may.
  const std::string& reason = parsed.error().reason;
  if (!reason.starts_with("a resource must be an object (/m2m:") && !reason.starts_with("content is nested deeper"))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostRequests = 50;
  testing::FakeClock clock;
  Cse cse(clock);
  cse.notifyTo([](const CseNotification& notification) {
    if (notification.urls.empty() || !cse::parseContent(notification.content)) std::abort();
  });
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (std::size_t i = 0; i < kMostRequests && !text.empty(); ++i) {
    check(cse.handle(requestOf(take(text, "\n---\n"))));
    clock.advance(seconds{1});
  }
  check(cse.handle({Operation::retrieve, "cse-in", "CAdmin", "r", "3", {}, {{"rcn", "4"}}, {}}));
  return 0;
}
