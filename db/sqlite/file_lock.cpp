#include "db/sqlite/file_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace isthmus::db {

Result<FileLock> FileLock::take(const std::filesystem::path& file) {
  const int opened = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (opened < 0) {
    return fail(Errc::configuration, "cannot open the lock file: " + std::generic_category().message(errno),
                file.string());
  }
  FileLock lock(opened);
  if (::flock(opened, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return fail(Errc::conflict, "another isthmus uses this database", file.string());
  return fail(Errc::io, "cannot lock: " + std::generic_category().message(errno), file.string());
}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace isthmus::db
