#pragma once

#include "onem2m/codec/attributes.h"

#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace isthmus::onem2m {

// What resources said that are deleted to be made anew, by path, until they stand again: who makes them in the end may
// be another thread than the one that deleted them. Thread-safe.
class KeptAttributes {
 public:
  void keep(const std::string& path, Attributes attributes) {
    const std::lock_guard lock(mutex_);
    byPath_[path] = std::move(attributes);
  }

  Attributes of(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = byPath_.find(path);
    return found == byPath_.end() ? Attributes() : found->second;
  }

  void forget(const std::string& path) {
    const std::lock_guard lock(mutex_);
    byPath_.erase(path);
  }

  void forgetBelow(const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::erase_if(byPath_, [&](const auto& each) { return each.first.starts_with(path + "/"); });
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Attributes> byPath_;
};

}  // namespace isthmus::onem2m
