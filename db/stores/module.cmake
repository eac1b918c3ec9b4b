file(GLOB schema_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/db/schema/*.sql)
list(SORT schema_files)
embed_files(db_stores databaseSchema FILES ${schema_files})
