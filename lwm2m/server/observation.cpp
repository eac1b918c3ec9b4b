#include "lwm2m/server/observation.h"

#include <algorithm>

namespace isthmus::lwm2m {

Observation::Observation(const Path& path, std::string attributes) : path_(path) {
  if (!attributes.empty()) more_ = std::make_unique<More>(std::move(attributes));
}

Observation Observation::together(std::vector<Path> paths) {
  Observation made = byOperator(std::move(paths), true, {});
  made.byOperator_ = false;
  return made;
}

Observation Observation::byOperator(std::vector<Path> paths, bool composite, std::string attributes) {
  Observation made;
  if (composite) {
    made.more_ =
        std::make_unique<More>(std::move(attributes), std::make_unique<const std::vector<Path>>(std::move(paths)));
  } else if (!paths.empty()) {
    made = Observation(paths[0], std::move(attributes));
  }
  made.byOperator_ = true;
  return made;
}

Observation::Observation(const Observation& other) : path_(other.path_), byOperator_(other.byOperator_) {
  if (other.more_ == nullptr) return;
  more_ = std::make_unique<More>(other.more_->attributes);
  if (other.isComposite()) more_->paths = std::make_unique<const std::vector<Path>>(*other.more_->paths);
}

Observation& Observation::operator=(Observation other) noexcept {
  path_ = other.path_;
  byOperator_ = other.byOperator_;
  more_ = std::move(other.more_);
  return *this;
}

std::span<const Path> Observation::paths() const {
  if (isComposite()) return *more_->paths;
  return isFree() ? std::span<const Path>() : std::span<const Path>(&path_, 1);
}

bool Observation::isAt(std::span<const Path> paths, bool composite) const {
  return !isFree() && isComposite() == composite && std::ranges::is_permutation(this->paths(), paths);
}

bool Observation::operator==(const Observation& other) const {
  return byOperator_ == other.byOperator_ && isComposite() == other.isComposite() &&
         std::ranges::equal(paths(), other.paths()) && attributes() == other.attributes();
}

}  // namespace isthmus::lwm2m
