#pragma once

#include "lwm2m/model/path.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// What a device is observed at: one path, or several by Observe-Composite. Its slot (the index in
// Registration::observations) is part of its token, so a slot that is free is not taken again under the same
// generation. 24 bytes where there are neither attributes nor several paths.
class Observation {
 public:
  Observation() = default;  // a free slot
  // Notification attributes as a query, "pmin=1&pmax=300".
  Observation(const Path& path, std::string attributes);
  // Of the plan: these in one Observe-Composite. A device that refuses it is asked for each.
  static Observation together(std::vector<Path> paths);
  // Of an operator: kept when the device registers anew, its attributes sent in the Observe itself (1.2) instead of
  // being written first.
  static Observation byOperator(std::vector<Path> paths, bool composite, std::string attributes);

  Observation(const Observation& other);
  Observation& operator=(Observation other) noexcept;
  Observation(Observation&&) noexcept = default;
  ~Observation() = default;

  bool isFree() const { return path_.isRoot() && !isComposite(); }
  bool isByOperator() const { return byOperator_; }
  bool isComposite() const { return more_ != nullptr && more_->paths != nullptr; }
  // None of a free slot; one, unless it is composite.
  std::span<const Path> paths() const;
  std::string_view attributes() const { return more_ ? std::string_view(more_->attributes) : std::string_view(); }
  // Of the same kind, at the same paths in any order.
  bool isAt(std::span<const Path> paths, bool composite) const;

  bool operator==(const Observation& other) const;

 private:
  // As large as a std::string of its own on the heap: many observations have attributes, few are composite.
  struct More {
    std::string attributes;
    std::unique_ptr<const std::vector<Path>> paths;  // of a composite one
  };

  Path path_;
  bool byOperator_ = false;
  std::unique_ptr<More> more_;
};

}  // namespace isthmus::lwm2m
