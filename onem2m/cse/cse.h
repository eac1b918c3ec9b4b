#pragma once

#include "ipe/base/clock.h"
#include "onem2m/model/primitive.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::onem2m {

struct CseOptions {
  std::string base = "cse-in";   // resource name of the CSEBase
  std::string id = "/id-in";     // CSE-ID
  std::string admin = "CAdmin";  // the originator that may do everything
  // Memory stays bounded whatever `mni` and `mbs` a client asks for: the oldest contentInstances go first.
  std::size_t instancesPerContainer = 10'000;
  std::size_t bytesPerContainer = std::size_t{64} << 20;
  std::size_t resources = 4'000'000;  // beyond it a CREATE gets 5207
  std::size_t results = 20'000;       // resources in one answer
};

// A notification on its way (TS-0004 7.5.1.2). The URLs are alternatives: the first that answers has it.
struct CseNotification {
  std::vector<std::string> urls;
  std::string from;
  std::string requestId;
  std::string releaseVersion;
  std::string content;  // {"m2m:sgn":{...}}
};

// A contentInstance that was stored, whether or not it has been evicted since.
struct AcceptedInstance {
  std::string container;  // structured path, "cse-in/bar-1/3303/0/5700"
  std::string name;
  std::string content;  // `con` as JSON text, "\"21.5\""; "" if there was none
};

struct CseCounters {
  std::uint64_t requests = 0, refused = 0;
  std::uint64_t instances = 0;  // contentInstances accepted
  std::uint64_t evicted = 0;    // of them, removed by mni, mbs or mia
  std::uint64_t resources = 0;  // in the tree now, the CSEBase included
};

// An in-memory CSE for trying things out and for tests; its refusals are modelled on ACME's. Thread-safe: one lock over
// the tree, held for a few microseconds a request.
class Cse {
 public:
  // `clock` must outlive the CSE.
  explicit Cse(const Clock& clock, CseOptions options = {});
  ~Cse();
  Cse(const Cse&) = delete;
  Cse& operator=(const Cse&) = delete;

  ResponsePrimitive handle(const RequestPrimitive& request);

  // What has to be asked before `request` is handled, if it may be done at all (TS-0004 7.4.8.2.1); whoever carries
  // requests asks it, since handle() waits for nobody. Of an UPDATE that a subscription with net 7 waits for: the
  // notification that its target has to agree to. Its creator's own UPDATEs are not held.
  std::optional<CseNotification> blockingUpdate(const RequestPrimitive& request);
  // Of a subscription that is to be made: one for each target that is not its creator.
  std::vector<CseNotification> verifications(const RequestPrimitive& request);

  // Both are called in the order of the changes, with the tree locked: queue or copy, and never call back into the CSE.
  // An empty function switches off; after the call the former one is no longer used.
  void notifyTo(std::function<void(CseNotification)> notify);
  void observe(std::function<void(const AcceptedInstance&)> accepted);

  CseCounters counters() const;
  const CseOptions& options() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::onem2m
