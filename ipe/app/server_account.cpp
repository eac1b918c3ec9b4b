#include "ipe/app/server_account.h"

#include "lwm2m/codec/link_format.h"

#include <algorithm>
#include <map>

namespace isthmus::app {
namespace {

constexpr std::uint16_t kServerObject = 1, kShortServerId = 0, kLifetime = 1;

struct Account {
  std::uint64_t shortServerId = 0, lifetime = 0;  // 0: not shown; none of them can be
};
using Accounts = std::map<std::uint16_t, Account>;  // by instance

Accounts accountsIn(std::span<const lwm2m::Record> shown) {
  Accounts accounts;
  for (const lwm2m::Record& record : shown) {
    const lwm2m::Path& path = record.path;
    if (path.depth() < 3 || path.object() != kServerObject) continue;
    Account& account = accounts[path.instance()];
    const auto value = lwm2m::convert(record.value, lwm2m::ResourceType::unsignedInteger);
    const auto* number = value ? std::get_if<std::uint64_t>(&*value) : nullptr;
    if (number == nullptr) continue;
    if (path.resource() == kShortServerId) account.shortServerId = *number;
    if (path.resource() == kLifetime) account.lifetime = *number;
  }
  return accounts;
}

// "101 (/1/0), 102 (/1/1)"
std::string listOf(const Accounts& accounts) {
  std::string list;
  for (const auto& [instance, account] : accounts) {
    list += list.empty() ? "" : ", ";
    list += (account.shortServerId == 0 ? "one without a number" : std::to_string(account.shortServerId)) + " (" +
            lwm2m::Path(kServerObject, instance).toString() + ")";
  }
  return list;
}

template <class Matches>
std::optional<std::uint16_t> onlyOne(const Accounts& accounts, Matches matches) {
  const auto fits = [&](const auto& entry) { return matches(entry.second); };
  if (std::ranges::count_if(accounts, fits) != 1) return std::nullopt;
  return std::ranges::find_if(accounts, fits)->first;
}

}  // namespace

std::vector<std::uint16_t> declaredAccounts(const lwm2m::Registration& registration) {
  std::vector<std::uint16_t> instances;
  const auto objects = lwm2m::parseObjectList(registration.objectLinks);
  if (!objects) return instances;
  for (const lwm2m::DeclaredInstance& declared : objects->instances)
    if (declared.object == kServerObject && declared.instance) instances.push_back(*declared.instance);
  return instances;
}

Result<std::uint16_t> accountOf(std::span<const lwm2m::Record> shown, std::uint32_t lifetime,
                                std::optional<std::uint16_t> shortServerId) {
  const Accounts accounts = accountsIn(shown);
  if (accounts.empty()) return fail(Errc::notFound, "The device shows no server account at /1.");
  if (shortServerId) {
    const auto named = onlyOne(accounts, [&](const Account& one) { return one.shortServerId == *shortServerId; });
    if (named) return *named;
    return fail(Errc::notFound, "The device has no one account of server " + std::to_string(*shortServerId) +
                                    "; it shows " + listOf(accounts) + ".");
  }
  if (accounts.size() == 1) return accounts.begin()->first;
  const auto alike = onlyOne(accounts, [&](const Account& one) { return one.lifetime == lifetime; });
  if (alike) return *alike;
  return fail(Errc::conflict, "The device has accounts of several servers: " + listOf(accounts) +
                                  ". Say by 'server' which of these numbers is this one's.");
}

}  // namespace isthmus::app
