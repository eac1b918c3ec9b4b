#pragma once

#include "lwm2m/model/value.h"

#include <algorithm>
#include <span>
#include <vector>

namespace isthmus::lwm2m {

using RecordGroup = std::span<const Record*>;

inline std::vector<const Record*> pointersTo(std::span<const Record> records) {
  std::vector<const Record*> pointers;
  pointers.reserve(records.size());
  for (const Record& record : records) pointers.push_back(&record);
  return pointers;
}

// Calls `use(id, those of that id)` for each id that the records have at this level, in the order of their first
// records; for formats that are trees. What belongs together is brought together. Error: that of `use`, or unsupported
// for a resource that has both a value and instances.
template <class Use>
Result<void> eachGroup(RecordGroup group, std::size_t level, Use use) {
  // Mostly they ascend; then nothing needs to be looked for further on.
  const bool ascends = std::ranges::is_sorted(group, {}, [level](const Record* record) {
    return record->path.depth() > level ? int{record->path.id(level)} : -1;
  });
  while (!group.empty()) {
    const Path& first = group[0]->path;
    if (first.depth() <= level)
      return fail(Errc::unsupported, "a value and instances of one resource", first.toString());
    const std::uint16_t id = first.id(level);
    const auto belongs = [&](const Record* record) {
      return record->path.depth() > level && record->path.id(level) == id;
    };
    auto end = std::ranges::find_if_not(group, belongs);
    if (!ascends && std::any_of(end, group.end(), belongs)) {
      std::vector<const Record*> others;
      for (auto at = end; at != group.end(); ++at) {
        if (belongs(*at)) {
          *end++ = *at;
        } else {
          others.push_back(*at);
        }
      }
      std::ranges::copy(others, end);
    }
    if (Result<void> ok = use(id, RecordGroup(group.begin(), end)); !ok) {
      if (ok.error().where.empty()) ok.error().where = first.toString();
      return ok;
    }
    group = RecordGroup(end, group.end());
  }
  return {};
}

}  // namespace isthmus::lwm2m
