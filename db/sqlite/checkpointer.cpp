#include "db/sqlite/checkpointer.h"

#include <sqlite3.h>

namespace isthmus::db {
namespace {

constexpr int kPassesARound = 8;
constexpr int kMostGrowth = 4;  // the WAL is kept below so many times its mark, also if the writer has to wait for it

}  // namespace

Result<std::unique_ptr<Checkpointer>> Checkpointer::start(const std::filesystem::path& path, const Options& options,
                                                          std::function<void(const Error&)> report) {
  auto connection = Connection::open({.path = path,
                                      .durability = Durability::power,
                                      .access = ConnectionOptions::Access::write,
                                      .cacheKib = 256,
                                      .busyTimeout = options.patience});
  if (!connection) return tl::unexpected(connection.error());
  return std::unique_ptr<Checkpointer>(new Checkpointer(std::move(*connection), options, std::move(report)));
}

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, const Options& options,
                           std::function<void(const Error&)> report)
    : options_(options),
      connection_(std::move(connection)),
      report_(std::move(report)),
      trigger_(options.pages),
      thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::grown(int pages) {
  if (finishing_.load(std::memory_order_relaxed)) {
    std::unique_lock lock(mutex_);
    finished_.wait_for(lock, options_.patience, [this] { return !finishing_; });
  }
  const int before = pages_.exchange(pages, std::memory_order_relaxed);
  if (pages < before) trigger_.store(options_.pages, std::memory_order_relaxed);  // the WAL began anew
  if (pages < trigger_.load(std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock(mutex_);
    if (due_) return;
    due_ = true;
  }
  wake_.notify_one();
}

Checkpointer::Counters Checkpointer::counters() const { return {rounds_.load(), complete_.load(), failures_.load()}; }

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return due_ || stopping_; });
    if (stopping_) return;
    lock.unlock();
    round();
    lock.lock();
    due_ = false;
  }
}

// Ends with nothing left (the writer then starts the WAL from its beginning), or leaves the rest to a later round: a
// reader in the middle of its work keeps what it sees from being copied.
void Checkpointer::round() {
  ++rounds_;
  Result<Progress> done = passiveAndSynced();
  for (int i = 1; done && i < kPassesARound && pages_ - done->copied > kLastPages; ++i) {
    done = passiveAndSynced();
  }
  if (done && (pages_ - done->copied <= kLastPages || pages_ > kMostGrowth * options_.pages)) done = lastPass();
  if (!done) {
    ++failures_;
    if (report_) report_(done.error());
  } else if (done->copied == done->pages) {
    ++complete_;
  }
  trigger_.store(pages_ + options_.pages / 4, std::memory_order_relaxed);
}

// SQLite syncs the file only in a pass that reaches the end of the WAL. That would be the last one, which the writer
// waits for: so what a pass has written is synced here, and the last one has little left to wait for.
Result<Checkpointer::Progress> Checkpointer::passiveAndSynced() {
  auto done = pass(SQLITE_CHECKPOINT_PASSIVE);
  if (!done) return done;
  return border("sync the database", [&]() -> Result<Progress> {
    sqlite3* handle = connection_->database().getHandle();
    sqlite3_file* file = nullptr;
    int code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code == SQLITE_OK && file != nullptr)
      code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
    if (code != SQLITE_OK) throw SQLite::Exception("cannot sync the file", code);
    return done;
  });
}

// A writer under load lets go of its lock for a moment only, between two commits: it has to wait there to be overtaken.
Result<Checkpointer::Progress> Checkpointer::lastPass() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  auto done = pass(SQLITE_CHECKPOINT_FULL);
  {
    const std::lock_guard lock(mutex_);
    finishing_ = false;
  }
  finished_.notify_one();
  return done;
}

Result<Checkpointer::Progress> Checkpointer::pass(int mode) {
  return border("write the checkpoint", [&]() -> Result<Progress> {
    sqlite3* handle = connection_->database().getHandle();
    Progress progress;
    const int code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &progress.pages, &progress.copied);
    // Busy is no fault: somebody reads an older state, and what could be copied was.
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) throw SQLite::Exception(handle, code);
    return progress;
  });
}

}  // namespace isthmus::db
