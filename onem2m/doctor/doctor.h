#pragma once

#include "onem2m/client/binding.h"
#include "onem2m/client/cse_settings.h"
#include "onem2m/client/requester.h"
#include "onem2m/codec/serialisation.h"
#include "onem2m/doctor/diagnosis.h"
#include "onem2m/doctor/listener.h"

#include <functional>
#include <optional>
#include <string>

namespace isthmus::onem2m {

// Examines a CSE by asking it: below an AE of its own, which it removes again with all that it made. Blocks for some
// dozens of requests; used by one thread, once.
class Doctor {
 public:
  struct Parts {
    std::function<std::unique_ptr<Connection>()> connect;
    // The same with the answers to be given in it; null where there is no way.
    std::function<std::unique_ptr<Connection>(Serialisation)> connectIn;
    const CseSettings& settings;
    const Clock& clock;
    Listener* listener = nullptr;  // what the CSE sends to `pointOfAccess` comes here; null: nothing comes
    std::string pointOfAccess;
    std::string mark;  // makes the names of what is made unique, of 0-9a-z
  };

  explicit Doctor(Parts parts);

  // The AE-ID that it asks with.
  static std::string originatorOf(const std::string& mark) { return "CIsthmusDoctor" + mark; }

  Diagnosis examine();

 private:
  // How a request was met, as far as a profile cares.
  enum class Taken { yes, no, notAllowed, unclear };
  struct Reply {
    Taken taken = Taken::unclear;
    std::string text;     // for people
    std::string content;  // of the answer
    int status = 0;
  };
  static Reply replyOf(const Result<ResponsePrimitive>& answer);

  bool reach();
  void readBase();
  void checkBase(const std::string& content);
  void checkReleases();
  void checkSerialisations();
  bool registerAe();
  void checkClock(const std::string& timestamp, WallTime before, WallTime after);
  void checkContainers();
  void checkName(const Reply& created);
  void checkSizes();
  void checkPolicies();
  void checkFlexContainer();
  void checkTimeSeries();
  void checkNode();
  void checkMgmtObj();
  void checkPollingChannel();
  void checkSubscriptions();
  void checkVerification();
  void checkNotifications();
  void checkBlockingUpdate();
  void checkHolding();
  void cleanUp();

  Reply create(const std::string& parent, ResourceType type, const std::string& content);
  Reply createAs(const std::string& from, const std::string& parent, ResourceType type, const std::string& content);
  std::optional<bool> judge(const std::string& what, const Reply& reply, const std::string& without);
  void find(std::string what, Verdict verdict, std::string found, std::string advice = {});

  const Parts parts_;
  const std::string name_;         // of the scratch AE
  const std::string originator_;   // its AE-ID
  const std::string application_;  // the AE-ID of a second one, that of an application
  const std::string place_;        // its path
  std::string nodePath_;           // "" unless a node was made
  std::string policyPath_;         // likewise; allows both AEs everything
  std::string nodeOriginator_;
  Requester requester_;
  Diagnosis diagnosis_;
};

}  // namespace isthmus::onem2m
