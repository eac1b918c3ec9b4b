#include "ipe/app/object_files.h"

#include "lwm2m/codec/object_xml.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace isthmus::app {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> xmlFiles(const fs::path& place, std::error_code& error) {
  if (!fs::is_directory(place, error)) return {place};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator entry(place, error), end; !error && entry != end; entry.increment(error))
    if (entry->is_regular_file() && entry->path().extension() == ".xml") files.push_back(entry->path());
  std::ranges::sort(files);
  return files;
}

// Not every XML file in such a folder defines an object: OMA's index and unit tables lie beside them.
bool definesObjects(std::string_view text) { return text.find("<LWM2M") != std::string_view::npos; }

}  // namespace

Result<std::size_t> loadObjectFiles(std::span<const fs::path> places, lwm2m::ObjectRegistry& registry, Log& log) {
  std::size_t added = 0;
  for (const fs::path& place : places) {
    std::error_code error;
    for (const fs::path& file : xmlFiles(place, error)) {
      std::ifstream in(file, std::ios::binary);
      if (!in) {
        const bool absent = !fs::exists(file, error);
        return fail(Errc::configuration,
                    absent ? "there is no such file or folder of object definitions" : "cannot read object definitions",
                    file.string());
      }
      const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      if (!definesObjects(text)) continue;
      Result<std::vector<lwm2m::ObjectDefinition>> definitions = lwm2m::parseObjectXml(text);
      if (!definitions) {
        log.warn("objects", file.string() + " is skipped: " + definitions.error().text());
        continue;
      }
      added += definitions->size();
      for (lwm2m::ObjectDefinition& definition : *definitions) registry.add(std::move(definition));
    }
    if (error) return fail(Errc::configuration, "cannot read object definitions: " + error.message(), place.string());
  }
  return added;
}

Result<lwm2m::ObjectRegistry> registryOf(const ConfigArguments& arguments, const std::vector<std::string>& more) {
  const auto config = readConfig(arguments);
  if (!config) return fail(Errc::configuration, "the configuration has faults, see above");
  auto registry = lwm2m::ObjectRegistry::builtin();
  Log log(LogLevel::warn, LogFormat::text);
  std::vector<fs::path> places = config->lwm2m.objects;
  places.insert(places.end(), more.begin(), more.end());
  if (const auto loaded = loadObjectFiles(places, registry, log); !loaded) return tl::unexpected(loaded.error());
  return registry;
}

}  // namespace isthmus::app
