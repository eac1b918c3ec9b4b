#include "lwm2m/client/attribute_store.h"

#include <algorithm>
#include <vector>

namespace isthmus::lwm2m {
namespace {

void takeAway(NotificationAttributes& attributes, const std::vector<std::string>& names) {
  NotificationAttributes left;
  for (const auto& [name, value] : toPairs(attributes))
    if (std::find(names.begin(), names.end(), name) == names.end()) static_cast<void>(assign(left, name, value));
  attributes = left;
}

}  // namespace

std::string linkText(const NotificationAttributes& attributes) {
  std::string text;
  for (const auto& [name, value] : toPairs(attributes)) text += ";" + std::string(name) + "=" + value;
  return text;
}

const NotificationAttributes* AttributeStore::at(const Path& path) const {
  const auto found = attached_.find(path.packed());
  return found == attached_.end() ? nullptr : &found->second;
}

Result<void> AttributeStore::write(const Path& path, std::span<const std::string> parameters, ResourceType type) {
  const std::vector<std::string_view> given(parameters.begin(), parameters.end());
  const auto change = parseAttributes(given);
  if (!change) return tl::unexpected(change.error());
  const auto* before = at(path);
  auto after = before ? *before : NotificationAttributes{};
  takeAway(after, change->unset);
  after = inherited(after, change->set);
  if (const auto faults = checkTarget(after, path, type); !faults.empty()) return tl::unexpected(faults.front());
  const auto above = path.depth() > 1 ? effective(path.prefix(path.depth() - 1)) : NotificationAttributes{};
  if (const auto faults = checkValues(inherited(above, after)); !faults.empty()) return tl::unexpected(faults.front());
  if (after.empty()) {
    attached_.erase(path.packed());
  } else {
    attached_[path.packed()] = after;
  }
  return {};
}

NotificationAttributes AttributeStore::effective(const Path& path) const {
  NotificationAttributes merged;
  for (std::size_t depth = 1; depth <= path.depth(); ++depth)
    if (const auto* attached = at(path.prefix(depth))) merged = inherited(merged, *attached);
  return merged;
}

std::string AttributeStore::linkText(const Path& path) const {
  const auto* attached = at(path);
  return attached ? lwm2m::linkText(*attached) : std::string();
}

void AttributeStore::forget(const Path& below) {
  std::erase_if(attached_, [&](const auto& entry) { return below.contains(Path::unpacked(entry.first)); });
}

}  // namespace isthmus::lwm2m
