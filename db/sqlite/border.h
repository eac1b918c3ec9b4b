#pragma once

#include "ipe/base/result.h"

#include <SQLiteCpp/Exception.h>

#include <string_view>
#include <type_traits>

namespace isthmus::db {

// `doing` says what failed, for people: "write a batch". A full disk, a lock that is not given and an I/O error are
// `unavailable` (the same call may succeed later); a damaged or foreign file is `io`.
Error toError(const SQLite::Exception& fault, std::string_view doing);

// The one place where SQLite's exceptions become values: runs `work`, which returns a Result.
template <class Work>
std::invoke_result_t<Work> border(std::string_view doing, Work&& work) {
  try {
    return work();
  } catch (const SQLite::Exception& fault) {
    return tl::unexpected<Error>(toError(fault, doing));
  }
}

}  // namespace isthmus::db
