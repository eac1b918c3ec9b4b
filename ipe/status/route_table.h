#pragma once

#include "ipe/status/api.h"

#include <optional>
#include <span>
#include <string_view>

namespace isthmus::status {

// Which address and method is answered by what.
struct RouteTable {
  using Handler = Reply (*)(Api& api, const Call& call);
  struct Row {
    std::string_view path;  // "{ep}", "{file}" and "{id}" stand for one segment, "{path}" for one to four numbers
    Handler get = nullptr, put = nullptr, patch = nullptr, post = nullptr, remove = nullptr;
    bool reachesDevice = false;  // reading it makes traffic, which no foreign page may cause

    Handler of(std::string_view method) const;
    std::string allow() const;  // "GET, HEAD, DELETE"
  };

  static std::span<const Row> rows();
  // The row of the call's address, whose name and path are filled in.
  static const Row* find(Call& call);
};

}  // namespace isthmus::status
