# add_module(name folder DEPENDS ... USES ...): one folder, one library. Its headers are linked into an include root of
# their own, so that only targets that name the module can include them (by their path from the repository root).

# Debian's RapidJSON package exports variables only.
if(NOT TARGET rapidjson)
  add_library(rapidjson INTERFACE)
  target_include_directories(rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE_DIRS})
endif()

# expose_headers(folder root): links the headers of one folder, not of the folders below it, under `root`.
function(expose_headers folder root)
  file(MAKE_DIRECTORY ${root}/${folder})
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.h)
  foreach(header ${headers})
    cmake_path(GET header FILENAME file)
    file(CREATE_LINK ${header} ${root}/${folder}/${file} SYMBOLIC)
  endforeach()
endfunction()

function(add_module name folder)
  cmake_parse_arguments(M "" "" "DEPENDS;USES" ${ARGN})
  set(root ${CMAKE_BINARY_DIR}/inc/${name})
  expose_headers(${folder} ${root})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${root})
    target_link_libraries(${name} PUBLIC ${M_DEPENDS} PRIVATE ${M_USES})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${root})
    target_link_libraries(${name} INTERFACE ${M_DEPENDS})
  endif()
  include(${CMAKE_SOURCE_DIR}/${folder}/module.cmake OPTIONAL)
endfunction()

function(add_program name folder)
  cmake_parse_arguments(M "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  if(sources)
    set(root ${CMAKE_BINARY_DIR}/inc/${name})
    expose_headers(${folder} ${root})
    add_executable(${name} ${sources})
    target_include_directories(${name} PRIVATE ${root})
    target_link_libraries(${name} PRIVATE ${M_USES} Threads::Threads)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
    target_compile_definitions(${name} PRIVATE ISTHMUS_VERSION="${PROJECT_VERSION}")
  endif()
endfunction()

# embed_files(target symbol FILES ...): text files as one generated source, reached by
# `std::span<const isthmus::EmbeddedFile> <symbol>()` (see ipe/base/embedded_file.h).
function(embed_files target symbol)
  cmake_parse_arguments(E "" "" "FILES" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/embedded/${symbol}.cpp)
  list(JOIN E_FILES "|" joined)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} "-DFILES=${joined}" -P ${CMAKE_SOURCE_DIR}/.cmake/embed.cmake
    DEPENDS ${E_FILES} ${CMAKE_SOURCE_DIR}/.cmake/embed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
