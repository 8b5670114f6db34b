# Rooms: one target a folder, and what every target is compiled with.
#
# room(asl/jsonpath SOURCES a.c b.c USES base LIBRARIES PkgConfig::YAJL) makes the static library
# asl_jsonpath from the folder. What it USES (other rooms) it may include as "room/header.h"; each
# room is seen through a folder of doors of its own, so an include of a room not named in USES does
# not compile. LIBRARIES are outside libraries, their headers treated as the system's.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
pkg_check_modules(YAJL REQUIRED IMPORTED_TARGET yajl)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

add_library(stepd_flags INTERFACE)
target_compile_definitions(stepd_flags INTERFACE _GNU_SOURCE)
target_compile_options(stepd_flags INTERFACE
    -fno-common -fvisibility=hidden
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wundef -Wvla -Wformat=2 -Wcast-qual -Wwrite-strings -Wpointer-arith
    -Wdouble-promotion -Wimplicit-fallthrough)
if(STEPD_WERROR)
    target_compile_options(stepd_flags INTERFACE -Werror)
endif()
if(STEPD_SANITIZE)
    target_compile_options(stepd_flags INTERFACE -fsanitize=${STEPD_SANITIZE}
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(stepd_flags INTERFACE -fsanitize=${STEPD_SANITIZE})
endif()
if(STEPD_FUZZ)
    target_compile_options(stepd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(stepd_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
        -fstack-protector-strong -fPIE)
    target_link_options(stepd_flags INTERFACE -pie -Wl,-z,relro,-z,now)
endif()

function(room FOLDER)
    cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
    string(REPLACE "/" "_" NAME ${FOLDER})
    get_filename_component(PARENT ${FOLDER} DIRECTORY)
    set(DOOR ${CMAKE_BINARY_DIR}/doors/${NAME})
    file(MAKE_DIRECTORY ${DOOR}/${PARENT})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${FOLDER} ${DOOR}/${FOLDER} SYMBOLIC)
    add_library(${NAME} STATIC ${ROOM_SOURCES})
    target_include_directories(${NAME} PUBLIC ${DOOR})
    foreach(USED IN LISTS ROOM_USES)
        string(REPLACE "/" "_" USED_NAME ${USED})
        target_link_libraries(${NAME} PUBLIC ${USED_NAME})
    endforeach()
    target_link_libraries(${NAME} PUBLIC stepd_flags Threads::Threads PRIVATE ${ROOM_LIBRARIES})
    set_property(GLOBAL APPEND PROPERTY STEPD_ROOMS ${FOLDER})
endfunction()
