#include "onem2m/cse/tree.h"

#include <algorithm>

namespace isthmus::onem2m::cse {
namespace {

constexpr std::string_view kLatest = "la", kOldest = "ol";

std::string randomSuffix() {
  constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device source;
  std::string text;
  for (int i = 0; i < 5; ++i) text += kAlphabet[source() % kAlphabet.size()];
  return text;
}

std::optional<std::uint64_t> limit(const Resource& container, std::string_view name) {
  const Attribute* const attribute = lookup(container.attributes, name);
  return attribute == nullptr ? std::nullopt : countOf(*attribute);
}

std::unique_ptr<Resource> makeBase(const CseOptions& options, WallTime now) {
  auto base = std::make_unique<Resource>();
  base->type = ResourceType::cseBase;
  base->root = "m2m:cb";
  base->name = options.base;
  base->id = options.id.substr(1);
  base->owner = options.admin;
  base->created = base->modified = now;
  base->expires = WallTime::max();
  const auto give = [&](std::string name, JsonType type, std::string json) {
    base->attributes.push_back({std::move(name), type, std::move(json), 0});
  };
  give("csi", JsonType::text, quoted(options.id));
  give("cst", JsonType::number, "1");
  give("srt", JsonType::array, "[1,2,3,4,5,13,14,23,28]");
  give("srv", JsonType::array, R"(["2a","3","4","5"])");
  give("csz", JsonType::array, R"(["application/json"])");
  return base;
}

}  // namespace

Tree::Tree(const CseOptions& options, WallTime now)
    : options_(options), base_(makeBase(options, now)), run_(randomSuffix()) {
  byId_.emplace(base_->id, base_.get());
}

Resource* Tree::byId(std::string_view id) {
  const auto found = byId_.find(id);
  return found == byId_.end() ? nullptr : found->second;
}

std::string_view Tree::localId(std::string_view id) const {
  const std::string_view cse = options_.id;
  if (id.size() > cse.size() + 1 && id.substr(0, cse.size()) == cse && id[cse.size()] == '/')
    return id.substr(cse.size() + 1);
  return id;
}

std::string Tree::pathOf(const Resource& resource) const {
  if (resource.parent == nullptr) return resource.name;
  std::vector<const Resource*> chain;
  std::size_t length = 0;
  for (const Resource* at = &resource; at != nullptr; at = at->parent) {
    chain.push_back(at);
    length += at->name.size() + 1;
  }
  std::string path;
  path.reserve(length);
  for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
    if (!path.empty()) path += '/';
    path += (*at)->name;
  }
  return path;
}

std::string Tree::newId(std::string_view prefix) { return std::string(prefix) + run_ + std::to_string(++sequence_); }

Target Tree::locate(std::string_view address, WallTime now) {
  if (address.substr(0, 2) == "//") {  // absolute: the service provider is not looked at
    const std::size_t slash = address.find('/', 2);
    if (slash == std::string_view::npos) return {};
    address.remove_prefix(slash);
  }
  if (address == options_.id) return {base_.get()};
  address = localId(address);
  if (address.empty() || address.front() == '/') return {};

  const std::size_t slash = address.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? std::string_view{} : address.substr(slash + 1);
  if (last != kLatest && last != kOldest) return {walk(address, now)};
  Resource* const container = walk(address.substr(0, slash), now);
  if (container == nullptr || !holdsInstances(container->type)) return {};
  evict(*container, now);
  const auto& instances = container->instances;
  if (instances.empty()) return {nullptr, true};
  return {last == kLatest ? instances.rbegin()->second.get() : instances.begin()->second.get(), true};
}

Resource* Tree::walk(std::string_view path, WallTime now) {
  std::size_t end = path.find('/');
  const std::string_view first = path.substr(0, end);
  if (first != options_.base && first != "-") return end == std::string_view::npos ? alive(byId(first), now) : nullptr;
  Resource* at = base_.get();
  while (end != std::string_view::npos) {
    const std::size_t begin = end + 1;
    end = path.find('/', begin);
    const auto child = at->names.find(path.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (child == at->names.end()) return nullptr;
    at = child->second;
  }
  return alive(at, now);
}

Resource* Tree::alive(Resource* resource, WallTime now) {
  if (resource == nullptr) return nullptr;
  Resource* expired = nullptr;
  for (Resource* at = resource; at != nullptr; at = at->parent) {
    if (at->expires <= now) expired = at;
  }
  if (expired != nullptr) {
    remove(*expired);
    return nullptr;
  }
  if (!isInstance(resource->type)) return resource;
  const std::string id = resource->id;
  evict(*resource->parent, now);
  return byId(id);
}

Resource& Tree::add(Resource& parent, std::unique_ptr<Resource> resource) {
  Resource& added = *resource;
  added.parent = &parent;
  added.depth = parent.depth + 1;
  added.sequence = ++sequence_;
  auto& siblings = isInstance(added.type) ? parent.instances : parent.children;
  siblings.emplace_hint(siblings.end(), added.sequence, std::move(resource));
  parent.names.emplace(added.name, &added);
  byId_.emplace(added.id, &added);
  if (added.type == ResourceType::subscription) parent.subscriptions.push_back(&added);
  if (isInstance(added.type)) parent.size += added.size;
  return added;
}

void Tree::forget(Resource& resource, bool& policiesGone) {
  for (auto* const siblings : {&resource.children, &resource.instances}) {
    for (const auto& [sequence, child] : *siblings) forget(*child, policiesGone);
  }
  policiesGone = policiesGone || resource.type == ResourceType::accessControlPolicy;
  byId_.erase(resource.id);
}

void Tree::remove(Resource& resource) {
  bool policiesGone = false;
  forget(resource, policiesGone);
  Resource& parent = *resource.parent;
  parent.names.erase(resource.name);
  if (resource.type == ResourceType::subscription) std::erase(parent.subscriptions, &resource);
  if (isInstance(resource.type)) {
    parent.size -= resource.size;
    parent.instances.erase(resource.sequence);
  } else {
    parent.children.erase(resource.sequence);
  }
  if (!policiesGone) return;
  for (const auto& [id, other] : byId_) {
    std::erase_if(other->policies, [&](const std::string& policy) { return byId_.find(policy) == byId_.end(); });
  }
}

void Tree::evict(Resource& container, WallTime now) {
  const std::size_t instances = std::min<std::uint64_t>(
      limit(container, "mni").value_or(options_.instancesPerContainer), options_.instancesPerContainer);
  const std::size_t bytes =
      std::min<std::uint64_t>(limit(container, "mbs").value_or(options_.bytesPerContainer), options_.bytesPerContainer);
  const auto age = limit(container, "mia");
  const auto tooOld = [&](const Resource& instance) {
    if (instance.expires <= now) return true;
    return age && std::chrono::floor<seconds>(now - instance.created).count() >=
                      static_cast<std::int64_t>(std::min<std::uint64_t>(*age, INT64_MAX));
  };
  while (!container.instances.empty()) {
    Resource& oldest = *container.instances.begin()->second;
    if (container.instances.size() <= instances && container.size <= bytes && !tooOld(oldest)) return;
    remove(oldest);
    ++evicted_;
  }
}

}  // namespace isthmus::onem2m::cse
