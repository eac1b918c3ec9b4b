#include "ipe/app/database_folder.h"

namespace isthmus::app {

Result<void> makeFolderOf(const std::filesystem::path& file, const std::function<void(const std::string&)>& say) {
  const std::filesystem::path folder = file.parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::exists(folder, error)) return {};
  if (std::filesystem::create_directory(folder, error)) {
    say("made the folder " + folder.string());
    return {};
  }
  return fail(Errc::configuration,
              "the folder of the database is not there and cannot be made: " + error.message() +
                  "; make it for this user, or name another file in db.path",
              folder.string());
}

}  // namespace isthmus::app
