#pragma once

#include "ipe/status/call.h"
#include "ipe/status/mapping_access.h"

namespace isthmus::status {

// The routes below /api/v1/mapping, save the set in force. Thread-safe; what it is given must outlive it. Null: rule
// sets are not kept here.
class MappingApi {
 public:
  explicit MappingApi(MappingAccess* access) : access_(access) {}

  Reply list(const Call& call);
  Reply show(const Call& call);
  Reply difference(const Call& call);  // ?from=&to=
  Reply apply(const Call& call);
  Reply rollBack(const Call& call);
  Reply reload(const Call& call);

 private:
  MappingAccess* access_;
};

}  // namespace isthmus::status
