#include "ipe/app/cse_profiles.h"

namespace isthmus::app {
namespace {

using Profile = config::Config::Profile;

template <class T>
std::optional<T> either(const std::optional<T>& first, const std::optional<T>& second) {
  return first ? first : second;
}

void set(std::atomic<bool>& flag, const std::optional<bool>& value) {
  if (value) flag = *value;
}

}  // namespace

// As the three were seen running: ACME 2026.05, Mobius 2.5.13, tinyIoT 832205f.
Profile shippedProfile(config::CseKind kind) {
  Profile profile;
  profile.name = kind;
  if (kind == config::CseKind::none) return profile;
  profile.refusesAcpi = false;
  profile.refusesNode = kind == config::CseKind::tinyIot;
  profile.refusesMgmtObj = kind != config::CseKind::acme;
  profile.refusesFlexContainer = kind == config::CseKind::mobius;  // only a handful of its own, of release 2
  profile.refusesTimeSeries = kind == config::CseKind::mobius;
  profile.refusesPollingChannel = kind != config::CseKind::acme;
  profile.refusesBlockingUpdate = kind == config::CseKind::mobius;
  profile.requestTimeout = milliseconds(kind == config::CseKind::tinyIot ? 3000 : 10'000);
  return profile;
}

Profile effectiveProfile(const config::Config& config) {
  const Profile& said = config.onem2m.profile;
  const Profile shipped = shippedProfile(said.name);
  Profile known = said;
  for (const auto flag :
       {&Profile::refusesAcpi, &Profile::refusesNode, &Profile::refusesMgmtObj, &Profile::refusesFlexContainer,
        &Profile::refusesTimeSeries, &Profile::refusesPollingChannel, &Profile::refusesBlockingUpdate})
    known.*flag = either(said.*flag, shipped.*flag);
  known.requestTimeout = either(said.requestTimeout, shipped.requestTimeout);
  return known;
}

void apply(const Profile& known, onem2m::CseProfile& profile) {
  set(profile.refusesAcpi, known.refusesAcpi);
  set(profile.refusesNode, known.refusesNode);
  set(profile.refusesMgmtObj, known.refusesMgmtObj);
  set(profile.refusesFlexContainer, known.refusesFlexContainer);
  set(profile.refusesTimeSeries, known.refusesTimeSeries);
  set(profile.refusesPollingChannel, known.refusesPollingChannel);
  set(profile.refusesBlockingUpdate, known.refusesBlockingUpdate);
}

}  // namespace isthmus::app
