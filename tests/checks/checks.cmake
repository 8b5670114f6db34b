# Checks of the sources themselves.

# Every header compiles alone.
get_property(ROOMS GLOBAL PROPERTY STEPD_ROOMS)
foreach(ROOM IN LISTS ROOMS)
    string(REPLACE "/" "_" NAME ${ROOM})
    file(GLOB HEADERS RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS
        ${CMAKE_SOURCE_DIR}/${ROOM}/*.h)
    set(UNITS)
    foreach(HEADER IN LISTS HEADERS)
        string(REPLACE "/" "_" UNIT ${HEADER})
        set(UNIT ${CMAKE_BINARY_DIR}/headers/${UNIT}.c)
        if(HEADER MATCHES "(_private|limits)\\.h$")
            file(CONFIGURE OUTPUT ${UNIT} CONTENT
                "#include \"${CMAKE_SOURCE_DIR}/${HEADER}\"\nextern int not_empty;\n")
        else()
            file(CONFIGURE OUTPUT ${UNIT} CONTENT
                "#include \"${HEADER}\"\nextern int not_empty;\n")
        endif()
        list(APPEND UNITS ${UNIT})
    endforeach()
    if(UNITS)
        add_library(headers_${NAME} OBJECT ${UNITS})
        target_link_libraries(headers_${NAME} PRIVATE ${NAME})
    endif()
endforeach()

add_test(NAME checks/banned COMMAND ${CMAKE_SOURCE_DIR}/tests/checks/banned
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
