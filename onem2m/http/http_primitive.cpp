#include "onem2m/http/http_primitive.h"

#include "onem2m/codec/json_text.h"
#include "onem2m/codec/serialisation.h"
#include "onem2m/model/status.h"

#include <array>

namespace isthmus::onem2m {
namespace {

namespace net = Poco::Net;

// JSON unless the request asks for something else that can say it.
std::string contentFor(const net::HTTPServerRequest& request, net::HTTPServerResponse& response,
                       const std::string& content) {
  const auto wanted = serialisationOf(request.get("Accept", ""));
  if (content.empty() || !wanted || *wanted == Serialisation::json) return content;
  auto converted = fromJson(*wanted, content);
  if (!converted) return content;
  response.setContentType(std::string(mediaType(*wanted)));
  return std::move(*converted);
}

void fill(net::HTTPServerResponse& response, const ResponsePrimitive& primitive) {
  response.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(httpStatusOf(primitive.status)));
  response.set("X-M2M-RSC", std::to_string(primitive.status));
  if (!primitive.content.empty()) response.setContentType("application/json");
}

}  // namespace

ResponsePrimitive refusalOf(int status, const std::string& reason) { return {status, {}, debugText(reason)}; }

tl::expected<std::string, ResponsePrimitive> asJson(const net::MediaType& media, std::string body) {
  const auto serialisation = serialisationOf(media.getType() + "/" + media.getSubType());
  if (serialisation == Serialisation::json || body.empty()) return body;
  if (!serialisation)
    return tl::unexpected(
        refusalOf(rsc::kUnsupportedMediaType, "only JSON, XML and CBOR are taken here: " + media.toString()));
  auto json = toJson(*serialisation, body);
  if (!json) return tl::unexpected(refusalOf(rsc::kBadRequest, json.error().text()));
  return std::move(*json);
}

void readFields(const net::HTTPServerRequest& request, RequestPrimitive& primitive) {
  primitive.from = request.get("X-M2M-Origin", "");
  primitive.requestId = request.get("X-M2M-RI", "");
  primitive.releaseVersion = request.get("X-M2M-RVI", "");
  primitive.expiration = request.get("X-M2M-RET", "");
}

tl::expected<std::string, ResponsePrimitive> readBody(net::HTTPServerRequest& request, std::size_t limit) {
  const auto tooLarge = [limit] {
    return tl::unexpected(
        refusalOf(rsc::kBadRequest, "the body is larger than the " + std::to_string(limit) + " bytes taken here"));
  };
  const auto announced = request.getContentLength64();
  if (announced > static_cast<Poco::Int64>(limit)) return tooLarge();
  std::string body;
  std::array<char, 8192> part;  // NOLINT: filled before it is read
  while (request.stream().read(part.data(), part.size()), request.stream().gcount() > 0) {
    body.append(part.data(), static_cast<std::size_t>(request.stream().gcount()));
    if (body.size() > limit) return tooLarge();
  }
  if (announced >= 0 && body.size() < static_cast<std::size_t>(announced))
    return tl::unexpected(refusalOf(rsc::kBadRequest, "the body is incomplete"));
  return body;
}

void writeAnswer(const net::HTTPServerRequest& request, net::HTTPServerResponse& response,
                 const ResponsePrimitive& primitive) {
  fill(response, primitive);
  for (const char* const echoed : {"X-M2M-RI", "X-M2M-RVI"}) {
    if (request.has(echoed)) response.set(echoed, request.get(echoed));
  }
  const std::string content = contentFor(request, response, primitive.content);
  response.sendBuffer(content.data(), content.size());
}

void writeFailure(net::HTTPServerResponse& response, const ResponsePrimitive& primitive) noexcept {
  try {
    if (response.sent()) return;
    response.setKeepAlive(false);
    fill(response, primitive);
    response.sendBuffer(primitive.content.data(), primitive.content.size());
  } catch (...) {  // the client has gone
  }
}

}  // namespace isthmus::onem2m
