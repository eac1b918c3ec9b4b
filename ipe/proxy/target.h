#pragma once

#include "ipe/proxy/delivery_work.h"
#include "lwm2m/codec/link_format.h"
#include "mapping/engine/engine.h"
#include "onem2m/client/device_tree.h"

#include <span>
#include <vector>

namespace isthmus::proxy {

// What a row is for, as the client makes or sets it; with the row's own attributes.
onem2m::DeviceTree::Target targetOf(const OutboxRow& row);

// Rows that set attributes of one resource, as one request.
struct Together {
  onem2m::DeviceTree::Target target;  // of each attribute the newest value
  std::vector<bool> overtaken;        // of each row: newer ones say all that it says
  std::string fault = {};             // not empty: why the first sets nothing; it stands alone then
};
// The first of these, which has its content, and those behind it that go with it. None goes with one that sets nothing.
Together together(std::span<const PostWork::Post> posts);

// The resources of a device that stand for actions: no value ever comes for them, so they are made with its place.
std::vector<onem2m::DeviceTree::Target> actionsOf(const mapping::Engine& engine, const mapping::DeviceFacts& device,
                                                  std::span<const lwm2m::DeclaredInstance> instances);

}  // namespace isthmus::proxy
