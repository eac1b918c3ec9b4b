#include "onem2m/cse/cse.h"

#include "onem2m/codec/json_text.h"
#include "onem2m/cse/guarded.h"
#include "onem2m/cse/operations.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace isthmus::onem2m {

using cse::Answer;
using cse::Reply;
using cse::Request;
using cse::Store;

struct Cse::Impl {
  Impl(const Clock& time, CseOptions settings)
      : clock(time), options(std::move(settings)), store(options, time.wall()) {}

  const Clock& clock;
  const CseOptions options;
  cse::Guarded<Store> store;
};

namespace {

// What every request must carry: TS-0004 7.3.1, in ACME's order.
Answer<> checkEnvelope(const RequestPrimitive& request) {
  constexpr std::array<std::string_view, 4> kReleases = {"2a", "3", "4", "5"};
  if (std::find(kReleases.begin(), kReleases.end(), request.releaseVersion) == kReleases.end()) {
    return cse::refuse(rsc::kReleaseVersionNotSupported, "the release version is 2a, 3, 4 or 5 (rvi)");
  }
  if (request.requestId.empty()) return cse::refuse(rsc::kBadRequest, "the request identifier is missing (rqi)");
  const bool registers = request.operation == Operation::create && request.type == ResourceType::ae;
  if (request.from.empty() && !registers) return cse::refuse(rsc::kBadRequest, "the originator is missing (fr)");
  if (request.to.empty()) return cse::refuse(rsc::kNotFound, "no such resource");
  return {};
}

Answer<Reply> perform(Store& store, Request request) {
  switch (request.primitive.operation) {
    case Operation::create: return create(store, std::move(request));
    case Operation::retrieve: return retrieve(store, request);
    case Operation::update: return update(store, std::move(request));
    case Operation::remove: return remove(store, request);
    case Operation::notify: break;
  }
  return cse::refuse(rsc::kBadRequest, "this CSE takes no notifications; a CREATE needs a resource type (ty)");
}

Answer<Request> understand(const RequestPrimitive& primitive, WallTime now) {
  if (const auto envelope = checkEnvelope(primitive); !envelope) return tl::unexpected(envelope.error());
  auto query = cse::parseQuery(primitive.query);
  if (!query) return tl::unexpected(query.error());
  Request request{primitive, primitive.from, std::move(*query), {}, now};
  if (primitive.operation != Operation::create && primitive.operation != Operation::update) return request;
  auto content = cse::parseContent(primitive.content);
  if (!content) return tl::unexpected(content.error());
  request.content = std::move(*content);
  return request;
}

}  // namespace

Cse::Cse(const Clock& clock, CseOptions options) : impl_(std::make_unique<Impl>(clock, std::move(options))) {}
Cse::~Cse() = default;

ResponsePrimitive Cse::handle(const RequestPrimitive& primitive) {
  auto request = understand(primitive, impl_->clock.wall());
  Answer<Reply> answer = impl_->store.with([&](Store& store) -> Answer<Reply> {
    ++store.counters.requests;
    if (request) request->originator = store.tree.localId(request->originator);
    auto done = request ? perform(store, std::move(*request)) : Answer<Reply>(tl::unexpected(request.error()));
    if (!done) ++store.counters.refused;
    return done;
  });
  if (!answer) return {answer.error().status, primitive.requestId, debugText(answer.error().reason)};
  return {answer->status, primitive.requestId, std::move(answer->content)};
}

std::optional<CseNotification> Cse::blockingUpdate(const RequestPrimitive& primitive) {
  if (primitive.operation != Operation::update) return std::nullopt;
  auto request = understand(primitive, impl_->clock.wall());
  if (!request) return std::nullopt;
  return impl_->store.with([&](Store& store) {
    request->originator = store.tree.localId(request->originator);
    return cse::blockingUpdate(store, *request);
  });
}

std::vector<CseNotification> Cse::verifications(const RequestPrimitive& primitive) {
  if (primitive.operation != Operation::create || primitive.type != ResourceType::subscription) return {};
  auto request = understand(primitive, impl_->clock.wall());
  if (!request) return {};
  return impl_->store.with([&](Store& store) {
    request->originator = store.tree.localId(request->originator);
    return cse::verifications(store, *request);
  });
}

void Cse::notifyTo(std::function<void(CseNotification)> notify) {
  impl_->store.with([&](Store& store) { store.events.sendTo(std::move(notify)); });
}

void Cse::observe(std::function<void(const AcceptedInstance&)> accepted) {
  impl_->store.with([&](Store& store) { store.accepted = std::move(accepted); });
}

CseCounters Cse::counters() const {
  return impl_->store.with([](Store& store) {
    CseCounters counters = store.counters;
    counters.evicted = store.tree.evicted();
    counters.resources = store.tree.size();
    return counters;
  });
}

const CseOptions& Cse::options() const { return impl_->options; }

}  // namespace isthmus::onem2m
