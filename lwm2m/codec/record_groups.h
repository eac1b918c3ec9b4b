#pragma once

#include "lwm2m/model/value.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <vector>

namespace isthmus::lwm2m {

using RecordGroup = std::span<const Record*>;

inline std::vector<const Record*> pointersTo(std::span<const Record> records) {
  std::vector<const Record*> pointers;
  pointers.reserve(records.size());
  for (const Record& record : records) pointers.push_back(&record);
  return pointers;
}

// What belongs together at this level is brought together, in the order of the first of each.
inline void gather(RecordGroup group, std::size_t level) {
  const auto idOf = [level](const Record* record) {
    return record->path.depth() > level ? int{record->path.id(level)} : -1;
  };
  if (std::ranges::is_sorted(group, {}, idOf)) return;  // as it mostly is
  std::unordered_map<int, std::size_t> rank;
  for (std::size_t i = 0; i < group.size(); ++i) rank.try_emplace(idOf(group[i]), i);
  std::ranges::stable_sort(group, {}, [&](const Record* record) { return rank.at(idOf(record)); });
}

// Calls `use(id, those of that id)` for each id that the records have at this level, in the order of their first
// records; for formats that are trees. Error: that of `use`, or unsupported for a resource that has both a value and
// instances.
template <class Use>
Result<void> eachGroup(RecordGroup group, std::size_t level, Use use) {
  gather(group, level);
  while (!group.empty()) {
    const Path& first = group[0]->path;
    if (first.depth() <= level)
      return fail(Errc::unsupported, "a value and instances of one resource", first.toString());
    const std::uint16_t id = first.id(level);
    const auto end = std::ranges::find_if_not(
        group, [&](const Record* record) { return record->path.depth() > level && record->path.id(level) == id; });
    if (Result<void> ok = use(id, RecordGroup(group.begin(), end)); !ok) {
      if (ok.error().where.empty()) ok.error().where = first.toString();
      return ok;
    }
    group = RecordGroup(end, group.end());
  }
  return {};
}

}  // namespace isthmus::lwm2m
