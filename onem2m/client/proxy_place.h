#pragma once

#include "onem2m/client/outcome.h"
#include "onem2m/client/requester.h"
#include "onem2m/model/resources.h"

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m {

inline constexpr std::string_view kReadersPolicy = "readers";
inline constexpr std::string_view kOperatorsPolicy = "operators";

// What the AEs of the proxy say of themselves.
std::vector<std::string> supportedReleases(std::string_view release);
void setReachability(AeResource& ae, const CseSettings& settings);

std::string proxyPath(const CseSettings& settings);
std::string policyPath(const CseSettings& settings, std::string_view policy);

// The CSEBase itself was not found: some CSEs answer before they have made it, so this is for later.
Attempt withoutBase(const CseSettings& settings, Attempt attempt);

// The proxy's own AE and the two policies below it. All arguments must outlive it; used by one thread.
class ProxyPlace {
 public:
  ProxyPlace(Requester& requester, const CseSettings& settings, CseProfile& profile)
      : requester_(requester), settings_(settings), profile_(profile) {}

  Attempt sync();
  // A policy had to be made: what carried the former one carries none now.
  bool madePolicies() const { return madePolicies_; }

 private:
  Attempt syncAe();
  Attempt adoptAe(const Attempt& refusal);
  Attempt syncPolicy(const PolicyResource& policy);
  Attempt adoptPolicy(const PolicyResource& policy);
  std::vector<AccessRule> readersRules() const;
  std::vector<AccessRule> operatorsRules() const;

  Requester& requester_;
  const CseSettings& settings_;
  CseProfile& profile_;
  bool madePolicies_ = false;
};

}  // namespace isthmus::onem2m
