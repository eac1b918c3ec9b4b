#pragma once

#include "tests/support/temp_folder.h"

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <fstream>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace isthmus::onem2m::testing {

inline std::uint16_t freePort() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(bind(probe, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  close(probe);
  return ntohs(address.sin_port);
}

// A mosquitto of the test's own, on a free loopback port.
class Broker {
 public:
  // `lines` go into its configuration; %F stands for its folder.
  explicit Broker(std::string lines = "allow_anonymous true\n") : port_(freePort()), lines_(std::move(lines)) {
    for (auto at = lines_.find("%F"); at != std::string::npos; at = lines_.find("%F"))
      lines_.replace(at, 2, folder_.path().string());
  }
  ~Broker() { stop(); }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& scheme = "mqtt") const { return scheme + "://127.0.0.1:" + std::to_string(port_); }
  const std::filesystem::path& folder() const { return folder_.path(); }

  void start() {
    const std::string file = (folder_.path() / "mosquitto.conf").string();
    std::ofstream(file) << "listener " << port_ << " 127.0.0.1\nuser root\nlog_dest none\n" << lines_;
    std::string program = "mosquitto", flag = "-c";
    std::array<char*, 4> arguments = {program.data(), flag.data(), const_cast<char*>(file.c_str()), nullptr};
    const char* const path = access("/usr/sbin/mosquitto", X_OK) == 0 ? "/usr/sbin/mosquitto" : "/usr/bin/mosquitto";
    INFO("the package mosquitto is needed: ./dev setup");
    REQUIRE(posix_spawn(&pid_, path, nullptr, nullptr, arguments.data(), environ) == 0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!listens()) REQUIRE(std::chrono::steady_clock::now() < deadline);
  }

  void stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  bool listens() const {
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool there = connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(probe);
    return there;
  }

  isthmus::testing::TempFolder folder_;
  std::uint16_t port_;
  std::string lines_;
  pid_t pid_ = 0;
};

}  // namespace isthmus::onem2m::testing
