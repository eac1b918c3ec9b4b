#pragma once

#include "ipe/base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

struct ExecuteArgument {
  std::uint8_t digit = 0;            // 0..9
  std::optional<std::string> value;  // absent: the digit alone; printable ASCII without space, ", ' and backslash
  bool operator==(const ExecuteArgument&) const = default;
};

// The arguments of an Execute request (LwM2M Core 6.3.5): "0='a',1". No digit comes twice.
class ExecuteArguments {
 public:
  ExecuteArguments() = default;
  // An empty text is no arguments. Error: malformed, `where` is the byte offset.
  static Result<ExecuteArguments> parse(std::string_view text);
  // Error: malformed, `where` is the digit.
  static Result<ExecuteArguments> of(std::vector<ExecuteArgument> arguments);

  std::span<const ExecuteArgument> all() const { return arguments_; }  // in the order given
  bool empty() const { return arguments_.empty(); }
  const ExecuteArgument* find(unsigned digit) const;  // null if there is none
  std::string toString() const;

  bool operator==(const ExecuteArguments&) const = default;

 private:
  std::vector<ExecuteArgument> arguments_;
};

}  // namespace isthmus::lwm2m
