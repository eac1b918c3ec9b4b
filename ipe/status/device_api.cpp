#include "ipe/status/device_api.h"

#include "ipe/status/command_views.h"
#include "ipe/status/device_codes.h"
#include "ipe/status/device_request.h"

#include <algorithm>
#include <utility>

namespace isthmus::status {
namespace {

// The devices' side keeps the timeout too, and says what became of the command.
constexpr milliseconds kMargin{1'000};

Reply json(std::string body) { return {200, std::string(kJson), std::move(body)}; }

Reply done(const Call&, const CommandView&) { return {204, "", ""}; }
Reply result(const Call&, const CommandView& command) { return json(command.result); }
Reply attributesOf(const Call& call, const CommandView& command) { return json(attributesJson(command, call.path)); }

Reply created(const Call& call, const CommandView& command) {
  const std::string path = createdPath(command).value_or(call.path);
  Reply reply{201, std::string(kJson), createdJson(path)};
  if (std::ranges::count(path, '/') == 2)  // else the device chose the instance and does not say which
    reply.headers.emplace_back("Location", deviceAddress(command.endpoint) + path);
  return reply;
}

Reply queued(const CommandView& command) {
  Reply reply{202, std::string(kJson), toJson(command)};
  reply.headers.emplace_back("Location", "/api/v1/commands/" + command.id);
  return reply;
}

Reply full() {
  Reply reply = problem(503, "As many requests as are allowed wait for devices; try again shortly.");
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

}  // namespace

// The one place that waits: until the device answered, or is known to sleep.
Reply DeviceApi::ask(const Call& call, Result<DeviceRequest> request, Answer answer) {
  if (!request) return problem(request.error());
  const auto wait = waits_.begin();
  if (!wait) return full();
  const milliseconds timeout = request->timeout;
  access_.submit(*std::move(request), wait->progress(), wait->wanted());
  const Result<CommandView> command = wait->result(timeout + kMargin);
  if (!command && command.error().code == Errc::unsupported) return problem(400, command.error().text());
  if (!command) return problem(command.error());
  if (command->state == "succeeded") return answer(call, *command);
  if (command->over()) return problem(*command);
  if (command->asleep) return queued(*command);
  access_.detach(command->id);
  return late(*command);
}

// No answer in time: the command waits on, or is taken back.
Reply DeviceApi::late(const CommandView& command) {
  const bool withdrawn = !command.kept && access_.withdraw(command.id);
  CommandView now = access_.command(command.id).value_or(command);
  if (command.kept) return queued(now);
  if (withdrawn) {
    now.state = "expired";
    now.reason = "There was no answer in time";
  }
  return problem(now);
}

Reply DeviceApi::read(const Call& call) { return ask(call, deviceRequest(call, DeviceAction::read), result); }

Reply DeviceApi::write(const Call& call, bool update) {
  auto request = deviceRequest(call, DeviceAction::write);
  if (!request) return problem(request.error());
  auto body = jsonBody(call.request);
  if (!body) return problem(body.error());
  request->content = *std::move(body);
  request->update = update;
  return ask(call, std::move(request), done);
}

Reply DeviceApi::write(const Call& call) {
  const std::string mode = call.target.parameter("mode").value_or("replace");
  if (mode != "replace" && mode != "update")
    return problem(400, "'mode' must be 'replace' (what is not named goes) or 'update' (it stays).");
  return write(call, mode == "update");
}

Reply DeviceApi::update(const Call& call) { return write(call, true); }

Reply DeviceApi::post(const Call& call) {
  const bool execute = std::ranges::count(call.path, '/') > 2;
  auto request = deviceRequest(call, execute ? DeviceAction::execute : DeviceAction::create);
  if (!request) return problem(request.error());
  const bool empty = call.request.body.empty();
  auto body = execute ? executeArguments(call.request) : empty ? Result<std::string>("{}") : jsonBody(call.request);
  if (!body) return problem(body.error());
  (execute ? request->arguments : request->content) = *std::move(body);
  return ask(call, std::move(request), execute ? done : created);
}

Reply DeviceApi::remove(const Call& call) { return ask(call, deviceRequest(call, DeviceAction::remove), done); }

Reply DeviceApi::discover(const Call& call) {
  auto request = deviceRequest(call, DeviceAction::discover);
  if (!request) return problem(request.error());
  if (call.target.has("depth")) {
    const auto depth = call.target.number("depth", 0, 0, 3);
    if (!depth) return problem(depth.error());
    request->depth = static_cast<unsigned>(*depth);
  }
  return ask(call, std::move(request), result);
}

// A device shows its attributes in what discover says.
Reply DeviceApi::attributes(const Call& call) {
  return ask(call, deviceRequest(call, DeviceAction::discover), attributesOf);
}

Reply DeviceApi::writeAttributes(const Call& call) {
  auto request = deviceRequest(call, DeviceAction::writeAttributes);
  if (!request) return problem(request.error());
  if (const auto taken = takeAttributes(call, *request); !taken) return problem(taken.error());
  if (request->attributes.empty())
    return problem(400, "Name at least one attribute: ?pmin=10&pmax=60 sets two, ?gt takes gt away.");
  return ask(call, std::move(request), done);
}

Reply DeviceApi::observe(const Call& call) {
  auto request = deviceRequest(call, DeviceAction::observe);
  if (!request) return problem(request.error());
  if (const auto taken = takeAttributes(call, *request); !taken) return problem(taken.error());
  return ask(call, std::move(request), result);
}

Reply DeviceApi::cancel(const Call& call) {
  auto request = deviceRequest(call, DeviceAction::cancelObservation);
  if (request) request->passive = call.target.has("passive");
  return ask(call, std::move(request), done);
}

Reply DeviceApi::readComposite(const Call& call) {
  return ask(call, compositeRequest(call, DeviceAction::read), result);
}

Reply DeviceApi::writeComposite(const Call& call) {
  auto request = compositeRequest(call, DeviceAction::write);
  if (!request) return problem(request.error());
  auto body = jsonBody(call.request);
  if (!body) return problem(body.error());
  request->content = *std::move(body);
  return ask(call, std::move(request), done);
}

Reply DeviceApi::observeComposite(const Call& call) {
  auto request = compositeRequest(call, DeviceAction::observe);
  if (!request) return problem(request.error());
  if (const auto taken = takeAttributes(call, *request); !taken) return problem(taken.error());
  return ask(call, std::move(request), result);
}

Reply DeviceApi::cancelComposite(const Call& call) {
  auto request = compositeRequest(call, DeviceAction::cancelObservation);
  if (request) request->passive = call.target.has("passive");
  return ask(call, std::move(request), done);
}

Reply DeviceApi::kick(const Call& call) {
  auto request = deviceRequest(call, DeviceAction::kick);
  if (request && call.target.has("server")) {
    const auto server = call.target.number("server", 0, 1, 65534);
    if (!server) return problem(server.error());
    request->server = static_cast<std::uint16_t>(*server);
  }
  return ask(call, std::move(request), done);
}

Reply DeviceApi::decodeErrors(const Call& call) {
  const auto errors = access_.decodeErrors(call.name);
  return errors ? json(toJson(*errors)) : problem(errors.error());
}

Reply DeviceApi::commands(const Call& call) {
  const auto limit = call.target.number("limit", kDefaultPage, 1, kLargestPage);
  if (!limit) return problem(limit.error());
  const auto found = access_.commands({call.target.parameter("endpoint").value_or(""), *limit});
  return found ? json(toJson(*found)) : problem(found.error());
}

Reply DeviceApi::command(const Call& call) {
  const auto found = access_.command(call.name);
  return found ? json(toJson(*found)) : problem(found.error());
}

Reply DeviceApi::withdraw(const Call& call) {
  const auto withdrawn = access_.withdraw(call.name);
  return withdrawn ? Reply{204, "", ""} : problem(withdrawn.error());
}

}  // namespace isthmus::status
