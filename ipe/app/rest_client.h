#pragma once

#include "ipe/app/commands.h"
#include "ipe/base/clock.h"
#include "ipe/base/result.h"

#include <string>
#include <string_view>

namespace isthmus::app {

struct RestAnswer {
  int status = 0;
  std::string body;
};

// Asks a running instance over its status endpoint, as the subcommands do that work on it.
class RestClient {
 public:
  // `url` as given by the user, or the configuration's status.listen without one. Error: configuration.
  static Result<RestClient> open(const std::string& url, const ConfigArguments& config);

  const std::string& url() const { return url_; }
  // Waits for the answer, at most for `patience`. Error: unavailable (nobody there), timeout.
  Result<RestAnswer> ask(const std::string& method, const std::string& target, std::string_view body,
                         const std::string& type, seconds patience) const;

 private:
  explicit RestClient(std::string url) : url_(std::move(url)) {}
  std::string url_;  // "http://127.0.0.1:8480"
};

}  // namespace isthmus::app
