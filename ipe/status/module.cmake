file(GLOB console_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/console/*.html ${CMAKE_CURRENT_LIST_DIR}/console/*.css
     ${CMAKE_CURRENT_LIST_DIR}/console/*.js ${CMAKE_CURRENT_LIST_DIR}/console/*.svg)
embed_files(ipe_status statusConsoleFiles FILES ${console_files})
embed_files(ipe_status statusApiFiles FILES ${CMAKE_CURRENT_LIST_DIR}/openapi.json)
