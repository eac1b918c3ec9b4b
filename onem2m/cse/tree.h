#pragma once

#include "onem2m/cse/cse.h"
#include "onem2m/cse/resource.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

namespace isthmus::onem2m::cse {

// Where a request goes.
struct Target {
  Resource* resource = nullptr;  // nothing there
  bool isVirtual = false;        // addressed as `la` or `ol`
};

// The resources and the ways to find them. Not thread-safe; see Cse.
class Tree {
 public:
  Tree(const CseOptions& options, WallTime now);

  Resource& base() { return *base_; }
  std::size_t size() const { return byId_.size(); }
  std::uint64_t evicted() const { return evicted_; }

  // By structured path, resource id, or either with `la`/`ol` behind it; CSE-relative, SP-relative or absolute
  // (TS-0001 7.2). What has expired on the way is removed first.
  Target locate(std::string_view address, WallTime now);
  Resource* byId(std::string_view id);

  // "cse-in/bar-1/c"
  std::string pathOf(const Resource& resource) const;
  std::string newId(std::string_view prefix);
  // The AE-ID without a leading CSE-ID: "/id-in/CAE1" is "CAE1".
  std::string_view localId(std::string_view id) const;

  // The resource has its id and name, both new.
  Resource& add(Resource& parent, std::unique_ptr<Resource> resource);
  // With all below it; a removed ACP is taken out of every `acpi`. Not for the CSEBase.
  void remove(Resource& resource);
  // Removes the oldest contentInstances until mni, mbs and mia hold (TS-0004 7.4.6.2.1).
  void evict(Resource& container, WallTime now);

 private:
  Resource* walk(std::string_view path, WallTime now);
  Resource* alive(Resource* resource, WallTime now);
  void forget(Resource& resource, bool& policiesGone);
  void removeInstance(Resource& container);

  const CseOptions& options_;
  std::unique_ptr<Resource> base_;
  std::unordered_map<std::string_view, Resource*> byId_;  // the views are into the resources
  std::uint64_t sequence_ = 0, evicted_ = 0;
  std::string run_;  // makes ids of different runs differ
};

}  // namespace isthmus::onem2m::cse
