// arglist = arg *( "," arg ); arg = DIGIT / DIGIT "='" *CHAR "'" (LwM2M Core 6.3.5)
#include "lwm2m/model/execute_arguments.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

// "!" / %x23-26 / %x28-5B / %x5D-7E
bool isCharacter(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\'; }

class ArgumentParser {
 public:
  explicit ArgumentParser(std::string_view text) : text_(text) {}

  Result<std::vector<ExecuteArgument>> parse() {
    std::vector<ExecuteArgument> arguments;
    do {
      auto argument = one();
      if (!argument) return tl::unexpected(std::move(argument.error()));
      if (std::ranges::find(arguments, argument->digit, &ExecuteArgument::digit) != arguments.end())
        return broken("argument " + std::to_string(argument->digit) + " comes twice");
      arguments.push_back(*std::move(argument));
    } while (take(','));
    if (at_ != text_.size()) return broken("expected a comma or the end");
    return arguments;
  }

 private:
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  tl::unexpected<Error> broken(std::string message) const {
    return fail(Errc::malformed, std::move(message), "byte " + std::to_string(at_));
  }

  Result<ExecuteArgument> one() {
    if (at_ == text_.size() || text_[at_] < '0' || text_[at_] > '9') return broken("an argument starts with a digit");
    ExecuteArgument argument{static_cast<std::uint8_t>(text_[at_++] - '0'), std::nullopt};
    if (!take('=')) return argument;
    if (!take('\'')) return broken("a value stands between single quotes");
    const std::size_t first = at_;
    while (at_ < text_.size() && isCharacter(text_[at_])) ++at_;
    argument.value = text_.substr(first, at_ - first);
    if (!take('\'')) return broken(at_ == text_.size() ? "a value without an end" : "a character that no value has");
    return argument;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<ExecuteArguments> ExecuteArguments::parse(std::string_view text) {
  ExecuteArguments parsed;
  if (text.empty()) return parsed;
  auto arguments = ArgumentParser(text).parse();
  if (!arguments) return tl::unexpected(std::move(arguments.error()));
  parsed.arguments_ = *std::move(arguments);
  return parsed;
}

Result<ExecuteArguments> ExecuteArguments::of(std::vector<ExecuteArgument> arguments) {
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    const std::string where = std::to_string(argument->digit);
    if (argument->digit > 9) return fail(Errc::malformed, "an argument has a digit from 0 to 9", where);
    if (std::find_if(arguments.begin(), argument, [&](const auto& other) { return other.digit == argument->digit; }) !=
        argument)
      return fail(Errc::malformed, "argument " + where + " comes twice", where);
    if (argument->value && !std::ranges::all_of(*argument->value, isCharacter))
      return fail(Errc::malformed, "a value is printable ASCII without space, quotes and backslash", where);
  }
  ExecuteArguments checked;
  checked.arguments_ = std::move(arguments);
  return checked;
}

const ExecuteArgument* ExecuteArguments::find(unsigned digit) const {
  const auto found = std::ranges::find(arguments_, digit, &ExecuteArgument::digit);
  return found == arguments_.end() ? nullptr : &*found;
}

std::string ExecuteArguments::toString() const {
  std::string text;
  for (const auto& [digit, value] : arguments_) {
    if (!text.empty()) text += ',';
    text += static_cast<char>('0' + digit);
    if (value) text += "='" + *value + '\'';
  }
  return text;
}

}  // namespace isthmus::lwm2m
