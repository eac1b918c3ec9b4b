#pragma once

#include "ipe/app/commands.h"
#include "ipe/base/log.h"
#include "lwm2m/model/object_registry.h"

#include <filesystem>
#include <span>
#include <vector>

namespace isthmus::app {

// Adds every object definition below the given folders, or in the given files (OMNA XML). A file that is none is
// skipped with a warning that says where it breaks; a folder that cannot be read is an error (configuration).
Result<std::size_t> loadObjectFiles(std::span<const std::filesystem::path> places, lwm2m::ObjectRegistry& registry,
                                    Log& log);

// The built-in definitions, those of the configuration (lwm2m.objects), and further ones. Error: configuration.
Result<lwm2m::ObjectRegistry> registryOf(const ConfigArguments& config, const std::vector<std::string>& more);

}  // namespace isthmus::app
