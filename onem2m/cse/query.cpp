#include "onem2m/cse/query.h"

#include "onem2m/model/timestamp.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace isthmus::onem2m::cse {
namespace {

bool read(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

bool read(std::string_view text, std::optional<std::uint64_t>& number) { return read(text, number.emplace()); }

bool read(std::string_view text, std::optional<WallTime>& time) {
  time = fromTimestamp(text);
  return time.has_value();
}

bool read(std::string_view text, std::vector<std::string>& texts) {
  texts.emplace_back(text);
  return true;
}

// "3+4" and "3 4": the plus sign of a query may have been decoded to a space
bool read(std::string_view text, std::vector<std::uint64_t>& numbers) {
  while (true) {
    const std::size_t end = text.find_first_of("+ ");
    if (!read(text.substr(0, end), numbers.emplace_back())) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

template <auto Member>
bool readInto(std::string_view text, Query& query) {
  return read(text, query.*Member);
}

struct Parameter {
  std::string_view name;
  bool (*parse)(std::string_view, Query&);
};

constexpr std::array kParameters = {
    Parameter{"rcn", readInto<&Query::resultContent>},
    Parameter{"fu", readInto<&Query::filterUsage>},
    Parameter{"drt", readInto<&Query::discoveryResult>},
    Parameter{"rt", readInto<&Query::responseType>},
    Parameter{"ty", readInto<&Query::types>},
    Parameter{"lbl", readInto<&Query::labels>},
    Parameter{"lim", readInto<&Query::limit>},
    Parameter{"ofst", readInto<&Query::offset>},
    Parameter{"lvl", readInto<&Query::level>},
    Parameter{"crb", readInto<&Query::createdBefore>},
    Parameter{"cra", readInto<&Query::createdAfter>},
    Parameter{"ms", readInto<&Query::modifiedSince>},
    Parameter{"us", readInto<&Query::unmodifiedSince>},
    Parameter{"sza", readInto<&Query::sizeAbove>},
    Parameter{"szb", readInto<&Query::sizeBelow>},
};

bool among(const std::vector<std::uint64_t>& types, ResourceType type) {
  return types.empty() || std::find(types.begin(), types.end(), static_cast<std::uint64_t>(type)) != types.end();
}

bool labelled(const std::vector<std::string>& wanted, const std::vector<std::string>& labels) {
  return wanted.empty() ||
         std::find_first_of(labels.begin(), labels.end(), wanted.begin(), wanted.end()) != labels.end();
}

}  // namespace

bool Query::matches(const Resource& resource) const {
  const auto size = static_cast<std::uint64_t>(resource.size);
  return among(types, resource.type) && labelled(labels, resource.labels) &&
         (!createdBefore || resource.created < *createdBefore) && (!createdAfter || resource.created > *createdAfter) &&
         (!modifiedSince || resource.modified > *modifiedSince) &&
         (!unmodifiedSince || resource.modified < *unmodifiedSince) && (!sizeAbove || size >= *sizeAbove) &&
         (!sizeBelow || size < *sizeBelow);
}

Answer<Query> parseQuery(const std::vector<std::pair<std::string, std::string>>& parameters) {
  Query query;
  for (const auto& [name, value] : parameters) {
    const auto known =
        std::find_if(kParameters.begin(), kParameters.end(), [&](const Parameter& p) { return p.name == name; });
    if (known == kParameters.end()) return refuse(rsc::kBadRequest, "unknown query parameter (" + name + ")");
    if (!known->parse(value, query)) return refuse(rsc::kBadRequest, "malformed query parameter (" + name + ")");
  }
  if (query.filterUsage != 1 && query.filterUsage != 2)
    return refuse(rsc::kBadRequest, "filterUsage is 1 or 2 here (fu)");
  if (query.discoveryResult != 1 && query.discoveryResult != 2) return refuse(rsc::kBadRequest, "1 or 2 (drt)");
  if (query.responseType != 3) return refuse(rsc::kNotImplemented, "only blocking requests are served (rt)");
  return query;
}

}  // namespace isthmus::onem2m::cse
