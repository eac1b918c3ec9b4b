#include "db/sqlite/border.h"

#include <sqlite3.h>

#include <string>

namespace isthmus::db {
namespace {

Errc codeOf(int primary) {
  switch (primary) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_NOMEM: return Errc::unavailable;
    case SQLITE_CORRUPT: return Errc::io;
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return Errc::configuration;
    case SQLITE_TOOBIG: return Errc::tooLarge;
    case SQLITE_CONSTRAINT: return Errc::conflict;
    default: return Errc::internal;
  }
}

}  // namespace

Error toError(const SQLite::Exception& fault, std::string_view doing) {
  const int primary = fault.getErrorCode() & 0xff;
  const int code = fault.getExtendedErrorCode() > 0 ? fault.getExtendedErrorCode() : fault.getErrorCode();
  const char* const advice = primary == SQLITE_NOTADB ? "; name another file in db.path" : "";
  return {codeOf(primary), "cannot " + std::string(doing) + ": " + fault.what() + advice,
          "SQLite " + std::to_string(code)};
}

}  // namespace isthmus::db
