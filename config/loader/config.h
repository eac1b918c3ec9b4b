#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/log.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::config {

// "0.0.0.0:5683", "[::1]:5683": an address to listen on.
struct Endpoint {
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string toString() const;
  bool operator==(const Endpoint&) const = default;
};

struct Url {
  std::string scheme = "http", host = "127.0.0.1";  // lower case; without brackets
  std::uint16_t port = 8080;                        // the scheme's own if the text named none
  std::string path;                                 // "" or "/..."
  std::string toString() const;
  bool operator==(const Url&) const = default;
};

enum class Layout : std::uint8_t { ts0014, singleAe };
enum class Tree : std::uint8_t { eager, firstValue };
enum class Durability : std::uint8_t { power, process };
enum class ReportFormat : std::uint8_t { automatic, tlv, senmlJson, senmlCbor };
enum class Serialisation : std::uint8_t { json, xml, cbor };
enum class CseKind : std::uint8_t { none, acme, mobius, tinyIot };
enum class ValueForm : std::uint8_t { value, record };

// What the program runs with. As constructed: the defaults. A listener without a value is off.
struct Config {
  struct Lwm2m {
    std::optional<Endpoint> coap;                // coap://
    std::optional<Endpoint> coaps;               // coaps://
    std::vector<std::filesystem::path> objects;  // folders or files of object definitions
    ReportFormat format = ReportFormat::automatic;
    bool operator==(const Lwm2m&) const = default;
  };
  struct Keep {
    std::uint32_t mni = 1000;    // instances in each container that is made; 0: the CSE's own limit
    std::optional<seconds> mia;  // age of instances in each container that is made
    bool operator==(const Keep&) const = default;
  };
  struct Notify {
    std::optional<Endpoint> listen;
    std::optional<Url> url;  // as the CSE reaches it
    bool operator==(const Notify&) const = default;
  };
  struct Labels {  // how labels say what a resource stands for; an empty one is left out
    std::string technology = "Iwked-Technology:LWM2M";
    std::string entityType = "Iwked-Entity-Type", entityId = "Iwked-Entity-ID";
    bool operator==(const Labels&) const = default;
  };
  struct CseTls {
    std::filesystem::path ca;         // "": the system's
    std::filesystem::path cert, key;  // the proxy's own, for mutual TLS
    bool verify = true;
    bool operator==(const CseTls&) const = default;
  };
  struct Auth {
    std::string token;           // bearer
    std::string user, password;  // basic
    bool operator==(const Auth&) const = default;
  };
  // What is known of the CSE: a shipped profile, and what differs from it. Without a value: by the shipped one, or to
  // be found out.
  struct Profile {
    CseKind name = CseKind::none;
    std::optional<bool> refusesAcpi, refusesNode, refusesMgmtObj, refusesFlexContainer, refusesTimeSeries;
    std::optional<bool> refusesPollingChannel, refusesBlockingUpdate;
    std::optional<milliseconds> requestTimeout;  // how long the CSE waits for a notification's answer
    bool operator==(const Profile&) const = default;
  };
  struct OneM2m {
    Url cse;
    std::string base = "cse-in";
    std::string cseId = "/id-in";
    std::string originator = "CIsthmus";
    std::string release = "3";
    Serialisation serialisation = Serialisation::json;
    Profile profile;
    std::string name = "isthmus";
    std::vector<std::string> readers;    // AE-IDs; {"all"}: everybody
    std::vector<std::string> operators;  // AE-IDs
    std::string nodeOriginator;          // "": no <node>s
    Layout layout = Layout::ts0014;
    Tree tree = Tree::eager;
    Keep keep;
    Notify notify;
    Labels labels;
    CseTls tls;
    Auth auth;
    bool operator==(const OneM2m&) const = default;
  };
  struct Mapping {
    std::vector<std::filesystem::path> files;  // none: the shipped set
    bool defaultRule = true;
    ValueForm form = ValueForm::value;
    bool operator==(const Mapping&) const = default;
  };
  struct Outbox {  // rows
    std::uint64_t max = 1'000'000, high = 800'000, low = 600'000;
    bool operator==(const Outbox&) const = default;
  };
  struct Database {
    std::filesystem::path path = "/var/lib/isthmus/isthmus.db";
    Durability durability = Durability::power;
    std::filesystem::path keyFile;  // after parsing never empty: "<path>.key" unless it was set
    bool operator==(const Database&) const = default;
  };
  struct StatusTls {
    std::filesystem::path cert, key;
    bool operator==(const StatusTls&) const = default;
  };
  struct Status {
    std::optional<Endpoint> listen;
    StatusTls tls;
    std::vector<std::string> tokens;  // one of which a request must bear; none: everybody may ask
    bool operator==(const Status&) const = default;
  };
  struct Logging {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::text;
    bool operator==(const Logging&) const = default;
  };

  Lwm2m lwm2m;
  OneM2m onem2m;
  Mapping mapping;
  Outbox outbox;
  Database db;
  Status status;
  Logging log;
  bool operator==(const Config&) const = default;
};

}  // namespace isthmus::config
