#pragma once

// How JSON and SenML JSON are parsed alike.

#include "ipe/base/bytes.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace isthmus::lwm2m {

// Leads the handler (RapidJSON's SAX) through the payload, numbers as they are written, without recursion. A handler
// that stops the parser says why in its member `error`. Error: that, or malformed with the byte.
template <class Handler>
Result<void> parseJson(ByteView payload, Handler& handler) {
  constexpr unsigned kFlags =
      rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;
  rapidjson::MemoryStream stream(reinterpret_cast<const char*>(payload.data()), payload.size());
  rapidjson::Reader reader;
  const auto result = reader.Parse<kFlags>(stream, handler);
  if (handler.error) return tl::unexpected(*std::move(handler.error));
  if (result.IsError())
    return fail(Errc::malformed, rapidjson::GetParseError_En(result.Code()), "byte " + std::to_string(result.Offset()));
  if (stream.Tell() != payload.size())
    return fail(Errc::malformed, "a zero byte", "byte " + std::to_string(stream.Tell()));
  return {};
}

}  // namespace isthmus::lwm2m
