#pragma once

#include "config/loader/config.h"
#include "ipe/base/located_json.h"
#include "ipe/base/result.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::config {

// A value before its type is known, from whichever source.
struct RawItem {
  std::string text;
  std::string where;
};
struct Raw {
  bool isList = false;
  bool typed = false;             // from the file: `kinds` must fit
  std::vector<RawItem> items;     // none: to be off
  std::vector<json::Kind> kinds;  // of each item, if typed
  std::string where;
};

// One key: the file, the environment, flags, defaults and the help text all go by this table.
struct Key {
  std::string_view name;
  std::string_view help;
  bool secret = false;
  bool isList = false;
  std::string expects;
  std::function<void(Config&, const Raw&, std::vector<Error>&)> set;
  std::function<std::string(const Config&)> show;
};

const std::vector<Key>& keyTable();  // ascending in the order of the documentation
const Key* findKey(std::string_view name);
std::string variableOf(std::string_view key);  // "ISTHMUS_ONEM2M__CSE"

}  // namespace isthmus::config
