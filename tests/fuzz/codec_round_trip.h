#pragma once

#include "lwm2m/codec/codec.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace isthmus::lwm2m::fuzz {

inline const ObjectRegistry& registry() {
  static const ObjectRegistry builtin = ObjectRegistry::builtin();
  return builtin;
}

// The first byte of an input says what was asked for.
inline Path baseOf(std::uint8_t selector) {
  static const Path bases[] = {Path(),
                               Path(3),
                               Path(3, 0),
                               Path(3, 0, 9),
                               Path(3, 0, 7),
                               Path(3, 0, 7, 1),
                               Path(1),
                               Path(3303),
                               Path(3442, 0),
                               Path(60000),
                               Path(60000, 0),
                               Path(3442, 0, 110),
                               Path(3442, 0, 120),
                               Path(3442, 0, 125),
                               Path(3442, 0, 130),
                               Path(3442, 0, 140),
                               Path(3442, 0, 150),
                               Path(3442, 0, 160),
                               Path(3442, 0, 170),
                               Path(3442, 0, 180),
                               Path(60000, 0, 1)};
  return bases[selector % std::size(bases)];
}

// Unlike ==, takes two NaNs for the same.
inline bool same(const std::vector<Record>& a, const std::vector<Record>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].path != b[i].path || a[i].time != b[i].time || typeOf(a[i].value) != typeOf(b[i].value) ||
        toText(a[i].value) != toText(b[i].value))
      return false;
  return true;
}

inline std::vector<Record> inOrder(const std::vector<Record>& records) {
  std::vector<std::pair<Path, std::size_t>> order;
  for (const Record& record : records) order.emplace_back(record.path, order.size());
  std::ranges::sort(order);
  std::vector<Record> sorted;
  for (const auto& [path, index] : order) sorted.push_back(records[index]);
  return sorted;
}

// What decodes must encode, and mean the same then; in any order, since some formats gather what belongs together.
// `mayRefuse`: the format reads more than it writes.
inline void roundTrip(ContentFormat format, const std::uint8_t* data, std::size_t size, bool mayRefuse) {
  if (size == 0) return;
  const Path base = baseOf(data[0]);
  const DeviceModel model(registry(), {});
  const DecodeContext context{model, base, WallTime(milliseconds(1'700'000'000'000)), {}};
  const auto records = decode(format, {data + 1, size - 1}, context);
  if (!records) return;
  const auto written = encode(format, *records, {model, base, {}});
  if (!written) {
    if (mayRefuse) return;
    std::abort();
  }
  const auto again = decode(format, *written, context);
  if (!again || !same(inOrder(*records), inOrder(*again))) std::abort();
}

}  // namespace isthmus::lwm2m::fuzz
