file(GLOB shipped_rules CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/config/mapping/*.json)
list(FILTER shipped_rules EXCLUDE REGEX "schema\\.json$")
embed_files(mapping_rules shippedMappingFiles FILES ${shipped_rules})
