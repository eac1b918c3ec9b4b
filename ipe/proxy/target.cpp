#include "ipe/proxy/target.h"

#include "mapping/engine/target_detail.h"

#include <algorithm>

namespace isthmus::proxy {
namespace {

using mapping::Form;
using onem2m::DeviceTree;
using onem2m::ResourceType;

ResourceType typeOf(Form form) {
  switch (form) {
    case Form::flexContainer: return ResourceType::flexContainer;
    case Form::mgmtObj: return ResourceType::mgmtObj;
    case Form::timeSeries: return ResourceType::timeSeries;
    case Form::container:
    case Form::transparent: break;
  }
  return ResourceType::container;
}

DeviceTree::Target targetAt(Form form, const std::string& path, std::string_view text, const lwm2m::Path& source) {
  mapping::TargetDetail detail = mapping::TargetDetail::parse(text);
  DeviceTree::Target target;
  target.type = typeOf(form);
  target.path = path;
  target.writable = detail.write;
  target.labels = std::move(detail.labels);
  target.kind = std::move(detail.className);
  if (!source.isRoot()) {
    target.object = source.object();
    target.objectPath = source.prefix(2).toString();
  }
  return target;
}

bool goTogether(const PostWork::Post& one, const PostWork::Post& other) {
  return one.target == other.target && other.content && one.content->form == other.content->form &&
         one.content->detail == other.content->detail && one.content->target == other.content->target;
}

// Each attribute of the first is among those that follow.
bool isOvertaken(std::span<const onem2m::Attributes> rows) {
  return std::ranges::all_of(rows.front(), [&](const onem2m::Attributes::value_type& attribute) {
    return std::ranges::any_of(rows.subspan(1), [&](const onem2m::Attributes& later) {
      return onem2m::find(later, attribute.first) != nullptr;
    });
  });
}

std::string faultOf(const OutboxRow& row) {
  const auto read = onem2m::readAttributes(row.content);
  return "its attributes cannot be set: " + (read ? "there are none" : read.error().text());
}

}  // namespace

Together together(std::span<const PostWork::Post> posts) {
  Together all;
  std::vector<onem2m::Attributes> each;
  for (const PostWork::Post& post : posts) {
    if (!goTogether(posts.front(), post)) break;
    DeviceTree::Target target = targetOf(*post.content);
    if (target.attributes.empty() && !each.empty()) break;
    if (each.empty()) all.target = target;
    if (target.attributes.empty()) return {std::move(all.target), {false}, faultOf(*post.content)};
    onem2m::merge(all.target.attributes, target.attributes);
    each.push_back(std::move(target.attributes));
  }
  for (std::size_t i = 0; i < each.size(); ++i) all.overtaken.push_back(isOvertaken(std::span(each).subspan(i)));
  return all;
}

DeviceTree::Target targetOf(const OutboxRow& row) {
  const lwm2m::Path source = row.source == 0 ? lwm2m::Path() : lwm2m::Path::unpacked(row.source);
  DeviceTree::Target target = targetAt(row.form, row.target, row.detail, source);
  target.contentInfo = row.contentInfo;
  if (!target.kind.empty()) target.attributes = onem2m::readAttributes(row.content).value_or(onem2m::Attributes());
  return target;
}

std::vector<DeviceTree::Target> actionsOf(const mapping::Engine& engine, const mapping::DeviceFacts& device,
                                          std::span<const lwm2m::DeclaredInstance> instances) {
  std::vector<DeviceTree::Target> targets;
  if (engine.placesHash() == 0) return targets;
  std::vector<lwm2m::Path> paths;
  for (const lwm2m::DeclaredInstance& declared : instances)
    if (declared.instance) paths.emplace_back(declared.object, *declared.instance);
  for (const mapping::Place& place : engine.places(device, paths)) {
    DeviceTree::Target target = targetAt(place.form, place.path, place.detail, place.source);
    const auto same = [&](const DeviceTree::Target& other) {
      return other.type == target.type && other.path == target.path;
    };
    if (place.action && !target.kind.empty() && std::ranges::none_of(targets, same))
      targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace isthmus::proxy
