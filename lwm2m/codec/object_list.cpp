// The payload of Register and Update (LwM2M Core 6.2.1, 6.4.2).
#include "lwm2m/codec/link_format.h"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace isthmus::lwm2m {
namespace {

constexpr std::string_view kRootType = "oma.lwm2m";

// Calls `use` for each word of a list such as ct="110 112".
template <class F>
void eachWord(std::string_view list, F use) {
  while (!list.empty()) {
    const auto end = list.find(' ');
    if (end != 0) use(list.substr(0, end));
    if (end == std::string_view::npos) return;
    list.remove_prefix(end + 1);
  }
}

std::string_view valueOf(const Link& link, std::string_view name) {
  const LinkAttribute* attribute = link.attribute(name);
  return attribute == nullptr || !attribute->value ? std::string_view() : std::string_view(*attribute->value);
}

bool isTyped(const Link& link) {
  bool found = false;
  eachWord(valueOf(link, "rt"), [&](std::string_view type) { found = found || type == kRootType; });
  return found;
}

const Link* rootLink(const std::vector<Link>& links) {
  auto found = std::ranges::find_if(links, isTyped);
  if (found == links.end()) found = std::ranges::find(links, "/", &Link::target);
  return found == links.end() ? nullptr : &*found;
}

bool hasNumericSegment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (!segment.empty() && segment.find_first_not_of("0123456789") == std::string_view::npos) return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

std::vector<ContentFormat> formatsOf(const Link& root) {
  std::vector<ContentFormat> formats;
  eachWord(valueOf(root, "ct"), [&](std::string_view word) {
    std::uint16_t number = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (failure == std::errc{} && end == word.data() + word.size())
      formats.push_back(static_cast<ContentFormat>(number));
  });
  return formats;
}

// /0, /21 and /23 hold credentials and are not to be listed (LwM2M Core 6.2.1).
bool isHidden(std::uint16_t object) { return object == 0 || object == 21 || object == 23; }

std::optional<Path> pathBelow(std::string_view root, std::string_view target) {
  if (!target.starts_with(root)) return std::nullopt;
  target.remove_prefix(root.size());
  if (target.size() > 1 && target.ends_with('/')) target.remove_suffix(1);
  const auto path = Path::parse(target);
  if (!path || path->isRoot() || path->depth() > 2 || isHidden(path->object())) return std::nullopt;
  return *path;
}

class ListBuilder {
  struct Stated {
    ObjectVersion version;
    bool onInstance = false;
    std::size_t position = 0;
    auto rank() const { return std::tuple(version.object, onInstance, position); }
  };

 public:
  explicit ListBuilder(ObjectList& list) : list_(list) {}

  void add(const Path& path, const Link& link) {
    const bool instance = path.depth() == 2;
    list_.instances.push_back({path.object(), instance ? std::optional(path.instance()) : std::nullopt});
    // The version belongs to the object's link; some devices put it on instances instead.
    if (const auto version = Version::parse(valueOf(link, "ver")))
      versions_.push_back({{path.object(), *version}, instance, versions_.size()});
  }

  void finish() {
    auto& instances = list_.instances;
    std::ranges::sort(instances, [](const auto& a, const auto& b) {
      return std::pair(a.object, a.instance) < std::pair(b.object, b.instance);
    });
    instances.erase(std::ranges::unique(instances).begin(), instances.end());
    dropContradicted();
    std::ranges::sort(versions_, {}, &Stated::rank);
    for (const Stated& stated : versions_)
      if (list_.versions.empty() || list_.versions.back().object != stated.version.object)
        list_.versions.push_back(stated.version);
  }

 private:
  // "No instance is known" is said only where it is true; such an entry sorts before the instances of its object.
  void dropContradicted() {
    std::vector<DeclaredInstance> kept;
    kept.reserve(list_.instances.size());
    for (const DeclaredInstance& entry : list_.instances) {
      if (!kept.empty() && kept.back().object == entry.object && !kept.back().instance) kept.pop_back();
      kept.push_back(entry);
    }
    list_.instances = std::move(kept);
  }

  ObjectList& list_;
  std::vector<Stated> versions_;
};

}  // namespace

Result<ObjectList> parseObjectList(std::string_view payload) {
  const auto links = parseLinks(payload, LinkSyntax::tolerant);
  if (!links) return tl::unexpected(links.error());
  ObjectList list;
  if (const Link* root = rootLink(*links)) {
    list.rootPath = root->target;
    while (list.rootPath.ends_with('/')) list.rootPath.pop_back();
    if (hasNumericSegment(list.rootPath))
      return fail(Errc::malformed, "the root path has a segment that looks like an id", list.rootPath);
    list.formats = formatsOf(*root);
  }
  ListBuilder builder(list);
  for (const Link& link : *links)
    if (const auto path = pathBelow(list.rootPath, link.target)) builder.add(*path, link);
  builder.finish();
  return list;
}

}  // namespace isthmus::lwm2m
