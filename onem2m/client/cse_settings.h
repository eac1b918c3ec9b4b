#pragma once

#include "ipe/base/clock.h"
#include "onem2m/client/kept_attributes.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace isthmus::onem2m {

enum class Layout { ts0014, singleAe };

// How labels say what a resource stands for; an empty one is left out.
struct LabelWords {
  std::string technology = "Iwked-Technology:LWM2M";  // as it stands
  std::string entityType = "Iwked-Entity-Type";       // ":Endpoint", ":Object" ... are added
  std::string entityId = "Iwked-Entity-ID";           // ":<endpoint>/3303/0"
};

// The part of the configuration that decides what is asked of the CSE and by whom.
struct CseSettings {
  std::string base = "cse-in";  // resource name of the CSEBase
  std::string cseId = "/id-in";
  std::string originator = "CIsthmus";
  std::string name = "isthmus";  // the proxy's own AE
  std::string release = "3";
  Layout layout = Layout::ts0014;
  std::vector<std::string> readers;  // AE-IDs, or "all"
  std::vector<std::string> operators;
  std::string nodeOriginator;          // "": no <node>
  std::string notifyUrl;               // poa
  std::int64_t mni = 1000;             // of created containers; 0: not set
  std::int64_t mia = 0;                // seconds; 0: not set
  milliseconds patience{10000};        // for one answer
  milliseconds requestTimeout{10000};  // how long the CSE waits for a notification's answer
  LabelWords labels;
};

// What was said of the CSE (onem2m.profile) or learnt; shared by all connections. Thread-safe.
struct CseProfile {
  std::atomic<bool> refusesAcpi = false;
  std::atomic<bool> refusesNode = false;
  std::atomic<bool> refusesMgmtObj = false;
  std::atomic<bool> refusesFlexContainer = false;
  std::atomic<bool> refusesTimeSeries = false;
  std::atomic<bool> refusesPollingChannel = false;
  std::atomic<bool> refusesSubscription = false;
  std::atomic<bool> refusesBlockingUpdate = false;
  KeptAttributes kept;
};

}  // namespace isthmus::onem2m
