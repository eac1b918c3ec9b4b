#pragma once

#include "onem2m/model/primitive.h"

#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/MediaType.h>
#include <tl/expected.hpp>

#include <string>

namespace isthmus::onem2m {

// What the HTTP servers have in common (TS-0009 6.2 to 6.4).

// {"m2m:dbg": reason}
ResponsePrimitive refusalOf(int status, const std::string& reason);

// The body as JSON, which a oneM2M media type says what it is written in: "application/vnd.onem2m-ntfy+xml". An empty
// one is empty whatever is said of it. The refusal says what is taken, or what is wrong with it.
tl::expected<std::string, ResponsePrimitive> asJson(const Poco::Net::MediaType& media, std::string body);

// From, request identifier, release and expiration out of the header fields.
void readFields(const Poco::Net::HTTPServerRequest& request, RequestPrimitive& primitive);

// All of the body. The refusal says that it is incomplete, or longer than `limit`.
tl::expected<std::string, ResponsePrimitive> readBody(Poco::Net::HTTPServerRequest& request, std::size_t limit);

// Header and body in one write, with the request's identifier and release, in the serialisation that it accepts.
void writeAnswer(const Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response,
                 const ResponsePrimitive& primitive);

// The same from where an exception was caught, with the connection's end; nothing if an answer has begun.
void writeFailure(Poco::Net::HTTPServerResponse& response, const ResponsePrimitive& primitive) noexcept;

}  // namespace isthmus::onem2m
