#include "lwm2m/codec/record_names.h"

#include <algorithm>

namespace isthmus::lwm2m {

std::string rootOf(std::string_view rootPath, std::string_view prefix) {
  std::string root(rootPath);
  if (!prefix.empty()) root.append("/").append(prefix);
  return root;
}

std::string nameOf(const Path& path, std::string_view root) {
  if (path.isRoot() && !root.empty()) return std::string(root);
  return std::string(root) + path.toString();
}

std::string RecordNames::name(const Record& record) const {
  return std::string(root).append(record.path.toString()).substr(baseLength);
}

RecordNames namesOf(std::span<const Record> records, const EncodeContext& context) {
  const auto isBase = [&](const Record& record) { return record.path == context.base; };
  const bool alone = !records.empty() && std::ranges::all_of(records, isBase);
  const bool below = std::ranges::none_of(records, isBase);
  const Path base = alone || below ? context.base : context.base.prefix(context.base.depth() - 1);
  RecordNames names;
  names.root = rootOf(context.rootPath, context.prefix);
  names.base = names.root + base.toString();
  if (!alone && !base.isRoot()) names.base += '/';
  names.baseLength = names.base.size();
  return names;
}

}  // namespace isthmus::lwm2m
