#pragma once

#include "db/sqlite/connection.h"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace isthmus::db {

// Copies the WAL into the database file, on a thread and a connection of its own, so that the writer never does.
//
// Passive passes do the bulk and hold nobody. A writer that never pauses would always be a few pages ahead of them and
// the WAL would grow for ever; so the last few pages (at most kLastPages) are copied while the writer is kept out, for
// two fsyncs.
class Checkpointer {
 public:
  static constexpr int kLastPages = 256;

  struct Options {
    int pages = 20'000;         // starts when the WAL has grown to this
    milliseconds patience{20};  // at the end of a round, of the writer with it, and of it with readers
  };
  struct Counters {
    std::uint64_t rounds = 0, complete = 0, failures = 0;
  };

  // `report` is called on the checkpointer's thread.
  static Result<std::unique_ptr<Checkpointer>> start(const std::filesystem::path& path, const Options& options,
                                                     std::function<void(const Error&)> report);
  ~Checkpointer();  // ends a running pass first
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // The WAL now has so many pages: for Connection::onCommit of the writer. Waits while the last pages of a round are
  // copied.
  void grown(int pages);
  Counters counters() const;

 private:
  struct Progress {
    int pages = 0, copied = 0;
  };

  Checkpointer(std::unique_ptr<Connection> connection, const Options& options,
               std::function<void(const Error&)> report);
  void run();
  void round();
  Result<Progress> pass(int mode);
  Result<Progress> passiveAndSynced();
  Result<Progress> lastPass();

  const Options options_;
  std::unique_ptr<Connection> connection_;
  std::function<void(const Error&)> report_;
  std::atomic<int> pages_ = 0;    // in the WAL, as the writer said
  std::atomic<int> trigger_ = 0;  // pages at which the next round starts
  std::atomic<std::uint64_t> rounds_ = 0, complete_ = 0, failures_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_, finished_;
  bool due_ = false, stopping_ = false;  // by mutex_
  std::atomic<bool> finishing_ = false;  // written under mutex_
  std::thread thread_;                   // last: starts when all else stands
};

}  // namespace isthmus::db
