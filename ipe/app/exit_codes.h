#pragma once

namespace isthmus::app {

// What the program's exit status says (sysexits.h, and 1 for findings).
enum ExitCode : int {
  kOk = 0,
  kFindings = 1,
  kUsage = 64,
  kUnavailable = 69,
  kInternal = 70,
  kTemporary = 75,
  kConfiguration = 78
};

}  // namespace isthmus::app
