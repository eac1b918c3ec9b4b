file(GLOB object_tables CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/config/objects/*.objects)
embed_files(lwm2m_model builtinObjectFiles FILES ${object_tables})
