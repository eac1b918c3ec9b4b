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

bool isJson(const Poco::Net::MediaType& media);  // "application/json", "application/vnd.onem2m-ntfy+json"

// From, request identifier, release and expiration out of the header fields.
void readFields(const Poco::Net::HTTPServerRequest& request, RequestPrimitive& primitive);

// All of the body. The refusal says that it is incomplete, or longer than `limit`.
tl::expected<std::string, ResponsePrimitive> readBody(Poco::Net::HTTPServerRequest& request, std::size_t limit);

// Header and body in one write, with the request's identifier and release.
void writeAnswer(const Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response,
                 const ResponsePrimitive& primitive);

// The same from where an exception was caught, with the connection's end; nothing if an answer has begun.
void writeFailure(Poco::Net::HTTPServerResponse& response, const ResponsePrimitive& primitive) noexcept;

}  // namespace isthmus::onem2m
