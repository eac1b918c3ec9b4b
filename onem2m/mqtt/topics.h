#pragma once

#include "onem2m/codec/serialisation.h"

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::onem2m {

// TS-0010 6.4.2. In a response's topic originator and receiver keep the roles that they had in the request.
struct Topic {
  enum class Kind { request, response };
  Kind kind = Kind::request;
  std::string originator;  // as topicId() gives it, or "+"
  std::string receiver;
  Serialisation serialisation = Serialisation::json;
};

// "/id-in/CAE1" is "id-in:CAE1", "CAE1" itself: the leading slash goes, others are colons; an absolute one's first two
// slashes are one colon.
std::string topicId(std::string_view id);

// `prefix` stands before it: "" or "site/1".
std::string topicText(std::string_view prefix, const Topic& topic);
// For a subscription: any serialisation. "/oneM2M/req/+/CAE1/#"
std::string topicFilter(std::string_view prefix, Topic::Kind kind, std::string_view originator,
                        std::string_view receiver);
// Nothing if it is none of oneM2M's. Mobius answers without the last level: that is JSON.
std::optional<Topic> parseTopic(std::string_view prefix, std::string_view text);

}  // namespace isthmus::onem2m
