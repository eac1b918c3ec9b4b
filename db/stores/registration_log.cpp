#include "db/stores/registration_log.h"

#include "db/stores/columns.h"
#include "db/stores/record_codec.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace isthmus::db {
namespace {

constexpr const char* kInsert =
    "INSERT INTO registration_log (seq, device, location, state, generation, queue_mode, lifetime, lwm2m_version, "
    "since, "
    "address, endpoint, binding, object_links, attributes, observations) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?)";
constexpr const char* kSelect =
    "SELECT seq, device, location, state, generation, queue_mode, lifetime, lwm2m_version, since, address, endpoint, "
    "binding, object_links, attributes, observations FROM registration_log ORDER BY seq";

Result<lwm2m::Registration> registrationOf(const SQLite::Statement& row) {
  lwm2m::Registration registration;
  const auto state = numberAt<std::uint8_t>(row, 3);
  registration.device = numberAt<std::uint32_t>(row, 1);
  registration.location = numberAt<std::uint32_t>(row, 2);
  registration.state = static_cast<lwm2m::RegistrationState>(state);
  registration.generation = numberAt<std::uint8_t>(row, 4);
  registration.queueMode = numberAt(row, 5) != 0;
  registration.lifetime = numberAt<std::uint32_t>(row, 6);
  registration.lwm2mVersion = {static_cast<std::uint16_t>(numberAt(row, 7) >> 16U), numberAt<std::uint16_t>(row, 7)};
  registration.since = timeAt(row, 8);
  registration.endpoint = textAt(row, 10);
  registration.binding = viewAt(row, 11);
  registration.objectLinks = viewAt(row, 12);
  registration.attributes = viewAt(row, 13);
  if (state > static_cast<std::uint8_t>(lwm2m::RegistrationState::expired) ||
      !decodeAddress(blobAt(row, 9), registration.address) || !decodeObservations(blobAt(row, 14), registration)) {
    return fail(Errc::io, "the database holds a damaged registration",
                "registration_log seq " + std::to_string(numberAt(row, 0)));
  }
  return registration;
}

}  // namespace

RegistrationLog::RegistrationLog(Connection& connection)
    : connection_(connection),
      insert_(connection.database(), kInsert),
      delete_(connection.database(), "DELETE FROM registration_log WHERE seq = ?") {}

void RegistrationLog::append(std::span<const lwm2m::Registration> registrations) {
  for (const auto& item : registrations) {
    const std::uint64_t seq = lastSeq_ + appended_.size() + 1;
    const std::uint32_t version = std::uint32_t{item.lwm2mVersion.major} << 16U | item.lwm2mVersion.minor;
    address_.clear();
    encodeAddress(item.address, address_);
    binding_ = item.binding.view();
    objectLinks_ = item.objectLinks.view();
    attributes_ = item.attributes.view();
    observations_.clear();
    encodeObservations(item, observations_);
    bindAll(insert_, seq, item.device, item.location, static_cast<std::uint8_t>(item.state), item.generation,
            item.queueMode, item.lifetime, version, item.since, address_.bytes(), item.endpoint, binding_, objectLinks_,
            attributes_, observations_.bytes());
    Using(insert_)->exec();
    appended_.push_back({item.device, seq});
  }
}

void RegistrationLog::trim(std::size_t rows) {
  for (; rows > 0 && !superseded_.empty(); --rows) {
    std::pop_heap(superseded_.begin(), superseded_.end(), std::greater<>());
    trimmed_.push_back(superseded_.back());
    superseded_.pop_back();
    bindAll(delete_, trimmed_.back());
    Using(delete_)->exec();
  }
}

void RegistrationLog::settle() {
  lastSeq_ += appended_.size();
  for (const Appended& row : appended_) stand(row);
  appended_.clear();
  trimmed_.clear();
}

void RegistrationLog::undo() {
  for (const std::uint64_t seq : trimmed_) supersede(seq);
  appended_.clear();
  trimmed_.clear();
}

void RegistrationLog::forget(std::span<const std::uint32_t> devices) {
  for (const std::uint32_t device : devices) {
    if (device < newest_.size() && newest_[device] != 0) supersede(std::exchange(newest_[device], 0));
  }
}

void RegistrationLog::stand(const Appended& row) {
  if (row.device >= newest_.size()) newest_.resize(row.device + std::size_t{1});
  if (const std::uint64_t before = std::exchange(newest_[row.device], row.seq); before != 0) supersede(before);
}

void RegistrationLog::supersede(std::uint64_t seq) {
  superseded_.push_back(seq);
  std::push_heap(superseded_.begin(), superseded_.end(), std::greater<>());
}

void RegistrationLog::loadLastSeq() {
  SQLite::Statement row(connection_.database(),
                        "SELECT max((SELECT coalesce(max(seq), 0) FROM registration_log), "
                        "(SELECT coalesce(max(last_seq), 0) FROM forgotten))");
  row.executeStep();
  lastSeq_ = numberAt(row, 0);
}

void RegistrationLog::scan(const ForgottenDevices& forgotten) {
  newest_.clear();
  superseded_.clear();
  SQLite::Statement row(connection_.database(), "SELECT seq, device FROM registration_log ORDER BY seq");
  while (row.executeStep()) {
    const Appended found{numberAt<std::uint32_t>(row, 1), numberAt(row, 0)};
    const Forgotten* gone = forgotten.find(found.device);
    if (found.device >= kDevices || (gone != nullptr && found.seq <= gone->lastSeq)) {
      supersede(found.seq);
    } else {
      stand(found);
    }
  }
}

Result<void> RegistrationLog::load(const ForgottenDevices& forgotten,
                                   const std::function<void(lwm2m::Registration)>& each) {
  return border("read the registrations", [&]() -> Result<void> {
    scan(forgotten);
    SQLite::Statement row(connection_.database(), kSelect);
    while (row.executeStep()) {
      const auto device = numberAt<std::uint32_t>(row, 1);
      if (device >= newest_.size() || newest_[device] != numberAt(row, 0)) continue;
      auto registration = registrationOf(row);
      if (!registration) return tl::unexpected(registration.error());
      if (each) each(std::move(*registration));
    }
    return {};
  });
}

}  // namespace isthmus::db
