#include "onem2m/mqtt/topics.h"

#include <algorithm>
#include <array>

namespace isthmus::onem2m {
namespace {

std::string_view word(Topic::Kind kind) { return kind == Topic::Kind::request ? "req" : "resp"; }

std::string stem(std::string_view prefix, Topic::Kind kind, std::string_view originator, std::string_view receiver) {
  std::string out(prefix);
  out.append("/oneM2M/").append(word(kind)).append(1, '/').append(originator).append(1, '/').append(receiver);
  return out;
}

// What stands before the next slash; the rest stays in `text`.
std::string_view nextLevel(std::string_view& text) {
  const std::size_t slash = text.find('/');
  const std::string_view level = text.substr(0, slash);
  text = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  return level;
}

}  // namespace

std::string topicId(std::string_view id) {
  std::string out;
  if (id.starts_with("//")) {
    out = ":";
    id.remove_prefix(2);
  } else if (id.starts_with('/')) {
    id.remove_prefix(1);
  }
  out += id;
  std::ranges::replace(out, '/', ':');
  return out;
}

std::string topicText(std::string_view prefix, const Topic& topic) {
  std::string out = stem(prefix, topic.kind, topic.originator, topic.receiver);
  out.append(1, '/').append(name(topic.serialisation));
  return out;
}

std::string topicFilter(std::string_view prefix, Topic::Kind kind, std::string_view originator,
                        std::string_view receiver) {
  return stem(prefix, kind, originator, receiver) + "/#";
}

std::optional<Topic> parseTopic(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  if (!text.starts_with("/oneM2M/")) return std::nullopt;
  text.remove_prefix(8);
  const std::string_view kind = nextLevel(text);
  if (kind != "req" && kind != "resp") return std::nullopt;
  Topic topic;
  topic.kind = kind == "req" ? Topic::Kind::request : Topic::Kind::response;
  topic.originator = nextLevel(text);
  topic.receiver = nextLevel(text);
  const std::string_view type = nextLevel(text);
  const auto serialisation = type.empty() ? Serialisation::json : serialisationNamed(type);
  if (topic.originator.empty() || topic.receiver.empty() || !serialisation || !text.empty()) return std::nullopt;
  topic.serialisation = *serialisation;
  return topic;
}

}  // namespace isthmus::onem2m
