#pragma once

#include "onem2m/cse/events.h"
#include "onem2m/cse/query.h"
#include "onem2m/cse/render.h"
#include "onem2m/cse/tree.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::onem2m::cse {

// Everything behind the lock.
struct Store {
  Store(const CseOptions& settings, WallTime now) : options(settings), tree(settings, now), events(tree, settings) {}

  const CseOptions& options;
  Tree tree;
  Events events;
  std::function<void(const AcceptedInstance&)> accepted;
  CseCounters counters;
};

struct Reply {
  int status = 0;
  std::string content;
};

// One request: what could be read of it before the tree was needed.
struct Request {
  const RequestPrimitive& primitive;
  std::string originator;  // without our CSE-ID
  Query query;
  Content content;  // of CREATE and UPDATE
  WallTime now;
};

// The procedures of TS-0004 7.3.2 and 7.4.
Answer<Reply> create(Store& store, Request request);
Answer<Reply> retrieve(Store& store, const Request& request);
Answer<Reply> update(Store& store, Request request);
Answer<Reply> remove(Store& store, const Request& request);

// What others have to be asked first: see Cse. Nothing for a request that will be refused anyhow.
std::optional<CseNotification> blockingUpdate(Store& store, const Request& request);
std::vector<CseNotification> verifications(Store& store, const Request& request);

}  // namespace isthmus::onem2m::cse
