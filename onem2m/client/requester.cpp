#include "onem2m/client/requester.h"

#include <charconv>
#include <random>

namespace isthmus::onem2m {
namespace {

std::string makeRun(const Clock& clock) {
  std::random_device random;
  const std::uint64_t draw = static_cast<std::uint64_t>(random()) << 32 | random();
  const auto wall = static_cast<std::uint64_t>(clock.wall().time_since_epoch().count());
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, draw ^ wall, 36).ptr;
  return {digits, end};
}

RequestPrimitive request(Operation operation, std::string to, std::string from) {
  RequestPrimitive out;
  out.operation = operation;
  out.to = std::move(to);
  out.from = std::move(from);
  return out;
}

}  // namespace

Requester::Requester(std::unique_ptr<Connection> connection, const CseSettings& settings, const Clock& clock)
    : connection_(std::move(connection)), settings_(settings), run_(makeRun(clock)) {}

Result<ResponsePrimitive> Requester::send(RequestPrimitive& request) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, ++count_).ptr;
  request.requestId.assign(run_).append(1, '-').append(digits, end);
  request.releaseVersion = settings_.release;
  return connection_->exchange(request, settings_.patience);
}

Result<ResponsePrimitive> Requester::ask(RequestPrimitive request) {
  auto answer = send(request);
  if (answer || answer.error().code != Errc::io) return answer;
  return send(request);
}

Result<ResponsePrimitive> Requester::retrieve(std::string to, std::string from) {
  return ask(request(Operation::retrieve, std::move(to), std::move(from)));
}

Result<ResponsePrimitive> Requester::update(std::string to, std::string from, std::string content) {
  RequestPrimitive out = request(Operation::update, std::move(to), std::move(from));
  out.content = std::move(content);
  return ask(std::move(out));
}

Result<ResponsePrimitive> Requester::remove(std::string to, std::string from) {
  return ask(request(Operation::remove, std::move(to), std::move(from)));
}

Result<ResponsePrimitive> Requester::create(std::string to, std::string from, ResourceType type, std::string content) {
  RequestPrimitive out = request(Operation::create, std::move(to), std::move(from));
  out.type = type;
  out.content = std::move(content);
  return ask(std::move(out));
}

}  // namespace isthmus::onem2m
