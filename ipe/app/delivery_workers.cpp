#include "ipe/app/delivery_workers.h"

#include "ipe/proxy/target.h"
#include "mapping/engine/target_detail.h"
#include "onem2m/client/naming.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <span>
#include <utility>

namespace isthmus::app {
namespace {

using onem2m::Attempt;
using onem2m::Outcome;
using proxy::OutboxRow;

bool isThere(const Attempt& attempt) {
  return attempt.outcome == Outcome::done || attempt.outcome == Outcome::alreadyThere;
}

// What one thread has of its own, and how it does each kind of work.
class Worker {
 public:
  explicit Worker(const DeliveryWorkers::Parts& parts)
      : parts_(parts),
        client_(parts.binding.connect(), parts.settings, parts.profile, parts.clock),
        reader_(parts.openReader()) {}

  std::vector<Attempt> operator()(proxy::PostWork& work) {
    if (const Result<void> read = readContents(work); !read)
      return std::vector<Attempt>(work.posts.size(), Attempt{Outcome::busy, 0, read.error().text()});
    std::vector<Attempt> attempts(work.posts.size());
    std::optional<Attempt> away;           // once the CSE is gone, the rest need not wait for it one by one
    std::optional<std::uint32_t> stopped;  // the target whose further rows are left out
    for (std::size_t i = 0; i < work.posts.size(); ++i) {
      const proxy::PostWork::Post& post = work.posts[i];
      if (stopped == post.target) continue;
      if (!away && post.content && isSet(*post.content)) {
        i = setTogether(work, i, attempts);
      } else {
        // A row that is not in the outbox any more was settled otherwise.
        attempts[i] = away ? *away : post.content ? send(post) : Attempt{Outcome::alreadyThere, 0, {}};
      }
      if (attempts[i].outcome == Outcome::unavailable) away = attempts[i];
      if (!isThere(attempts[i])) stopped = post.target;
    }
    return attempts;
  }

  std::vector<Attempt> operator()(proxy::ReadWork& work) {
    auto read = reader_->readOn(work.from, work.to, {proxy::ReadWork::kMostRows, proxy::ReadWork::kMostBytes});
    if (!read) return single({Outcome::busy, 0, read.error().text()});
    work.rows = std::move(read->rows);
    work.upTo = read->upTo;
    return single({Outcome::done, 0, {}});
  }

  std::vector<Attempt> operator()(const proxy::TreeWork& work) {
    Attempt attempt = client_.syncDevice(work.tree);
    const bool closed = attempt.outcome == Outcome::notAllowed || attempt.outcome == Outcome::noParent;
    if (closed && isThere(client_.syncProxy())) attempt = client_.syncDevice(work.tree);
    return single(std::move(attempt));
  }

  std::vector<Attempt> operator()(const proxy::ContainerWork& work) {
    const Result<std::vector<OutboxRow>> rows = reader_->read(work.rows);
    if (!rows) return single({Outcome::busy, 0, rows.error().text()});
    if (rows->empty()) return single({Outcome::alreadyThere, 0, {}});
    return single(make(work, *rows));
  }

  std::vector<Attempt> operator()(const proxy::ProbeWork&) {
    Attempt attempt = client_.probe();
    if (isThere(attempt)) attempt = client_.syncProxy();
    return single(std::move(attempt));
  }

  std::vector<Attempt> operator()(const proxy::RemoveWork& work) { return single(client_.removeDevice(work.name)); }

 private:
  static std::vector<Attempt> single(Attempt attempt) { return std::vector<Attempt>(1, std::move(attempt)); }

  // With the oldest value of each attribute: the newer ones are still to come. Where that is refused, the first row is
  // tried alone: the others are not to blame for it.
  Attempt make(const proxy::ContainerWork& work, std::span<const OutboxRow> rows) {
    const OutboxRow& first = rows.front();
    onem2m::DeviceTree::Target target = proxy::targetOf(first);
    target.writable = target.writable || (target.kind.empty() && isWritable(first));
    onem2m::Attributes own;
    for (const OutboxRow& row : rows | std::views::reverse)
      if (row.form == first.form && row.detail == first.detail) onem2m::merge(own, proxy::targetOf(row).attributes);
    std::swap(own, target.attributes);
    const bool alone = own.size() == target.attributes.size();
    Attempt attempt = client_.ensureTarget(work.name, target, work.endpoint);
    if (attempt.outcome != Outcome::rejected || alone) return attempt;
    target.attributes = std::move(own);
    return client_.ensureTarget(work.name, target, work.endpoint);
  }

  // Of the posts that came without. In the order of the outbox, which lies side by side on disk.
  Result<void> readContents(proxy::PostWork& work) {
    std::vector<proxy::PostWork::Post*> missing;
    for (proxy::PostWork::Post& post : work.posts)
      if (!post.content) missing.push_back(&post);
    if (missing.empty()) return {};
    std::ranges::sort(missing, {}, &proxy::PostWork::Post::row);
    std::vector<std::uint64_t> ids(missing.size());
    std::ranges::transform(missing, ids.begin(), &proxy::PostWork::Post::row);
    Result<std::vector<OutboxRow>> rows = reader_->read(ids);
    if (!rows) return tl::unexpected(std::move(rows.error()));
    auto post = missing.begin();
    for (OutboxRow& row : *rows) {
      while ((*post)->row != row.id) ++post;
      (*post)->content = std::move(row);
    }
    return {};
  }

  static bool isSet(const OutboxRow& row) {
    return row.form == mapping::Form::flexContainer || row.form == mapping::Form::mgmtObj;
  }

  // Attributes of one resource go out in one request. Where that is refused, the first row is tried alone: the others
  // are not to blame for it. Returns the last row that was sent.
  std::size_t setTogether(const proxy::PostWork& work, std::size_t first, std::vector<Attempt>& attempts) {
    const std::string& device = work.posts[first].device;
    const proxy::Together together = proxy::together(std::span(work.posts).subspan(first));
    if (!together.fault.empty()) {
      attempts[first] = {Outcome::rejected, 0, together.fault};
      return first;
    }
    const Attempt attempt = client_.set(device, together.target);
    const std::size_t count = together.overtaken.size();
    if (attempt.outcome == Outcome::rejected && count > 1) {
      attempts[first] = client_.set(device, proxy::targetOf(*work.posts[first].content));
      return first;
    }
    for (std::size_t i = 0; i < count; ++i) {
      attempts[first + i] = attempt;
      attempts[first + i].superseded = together.overtaken[i];
    }
    return first + count - 1;
  }

  Attempt send(const proxy::PostWork::Post& post) {
    const OutboxRow& row = *post.content;
    const Result<std::string> run = runName(row.run);
    if (!run) return {Outcome::busy, 0, run.error().text()};
    const std::string name = onem2m::instanceName(row.committedMs, row.id, *run);
    if (row.form != mapping::Form::container || !row.detail.empty()) return sendFormed(post, row, name);
    return client_.post({post.device, row.target, name, row.content, row.contentInfo, {}});
  }

  Attempt sendFormed(const proxy::PostWork::Post& post, const OutboxRow& row, const std::string& name) {
    if (row.form == mapping::Form::timeSeries) {
      return client_.post(onem2m::SeriesRequest{post.device, row.target, name, row.content,
                                                WallTime(milliseconds(row.time)),
                                                static_cast<unsigned>(row.id % 1'000'000)});
    }
    onem2m::InstanceRequest request{post.device, row.target, name, row.content, row.contentInfo, {}};
    if (row.form == mapping::Form::transparent) request.labels = {"LWM2M-Object-Encapsulation"};  // TS-0014 7.2
    request.objectLink = mapping::TargetDetail::parse(row.detail).link;
    return client_.post(request);
  }

  // Every worker names a row alike, or a row in doubt would stand twice: a failure names none.
  Result<std::string> runName(std::uint32_t run) {
    const auto known = runs_.find(run);
    if (known != runs_.end()) return known->second;
    Result<std::string> name = reader_->runName(run);
    if (!name && name.error().code != Errc::notFound) return name;
    return runs_.emplace(run, name.value_or("0000")).first->second;
  }

  bool isWritable(const OutboxRow& row) const {
    if (row.source == 0) return false;
    const lwm2m::Path path = lwm2m::Path::unpacked(row.source);
    const lwm2m::ObjectDefinition* object = path.depth() >= 3 ? parts_.registry.find(path.object()) : nullptr;
    const lwm2m::ResourceDefinition* resource = object != nullptr ? object->resource(path.resource()) : nullptr;
    return resource != nullptr && resource->operations.write;
  }

  const DeliveryWorkers::Parts& parts_;
  onem2m::CseClient client_;
  std::unique_ptr<proxy::OutboxReader> reader_;
  std::map<std::uint32_t, std::string> runs_;
};

}  // namespace

DeliveryWorkers::DeliveryWorkers(const Parts& parts, std::size_t count, Mailbox<proxy::WorkResult>& results)
    : parts_(parts), results_(results), running_(count) {
  for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { run(); });
}

DeliveryWorkers::~DeliveryWorkers() {
  stop(milliseconds(0));
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void DeliveryWorkers::give(proxy::Work work) {
  {
    const std::lock_guard lock(mutex_);
    // What is read is what the others wait for.
    if (std::holds_alternative<proxy::ReadWork>(work)) {
      queue_.push_front(std::move(work));
    } else {
      queue_.push_back(std::move(work));
    }
  }
  changed_.notify_one();
}

bool DeliveryWorkers::stop(milliseconds patience) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, patience, [this] { return running_ == 0; });
}

std::optional<proxy::Work> DeliveryWorkers::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (stopping_) return std::nullopt;
  proxy::Work work = std::move(queue_.front());
  queue_.pop_front();
  return work;
}

// While much is waiting, several results are taken back at a time: a turn of the loop for each would cost as much as
// what it does with it, and keep the core from those that post.
bool DeliveryWorkers::runsLow() {
  const std::lock_guard lock(mutex_);
  return queue_.size() <= running_ / 2;
}

void DeliveryWorkers::run() {
  {
    Worker worker(parts_);
    while (std::optional<proxy::Work> work = take()) {
      std::vector<Attempt> attempts = std::visit(worker, *work);
      const bool urgent = !std::holds_alternative<proxy::PostWork>(*work) || runsLow();
      results_.post({std::move(*work), std::move(attempts)}, urgent);
    }
  }
  const std::lock_guard lock(mutex_);
  --running_;
  changed_.notify_all();
}

}  // namespace isthmus::app
