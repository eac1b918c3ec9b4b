#pragma once

#include "ipe/base/result.h"

#include <filesystem>

namespace isthmus::db {

// Keeps a second instance away from a database: an advisory lock (flock) on a file beside it, gone with the process.
class FileLock {
 public:
  // Does not wait. conflict: somebody holds it.
  static Result<FileLock> take(const std::filesystem::path& file);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int file) : file_(file) {}
  int file_;
};

}  // namespace isthmus::db
