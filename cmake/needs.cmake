# The libraries that mailroom stands on, each found or asked for by the name of its package.

# mailroom_need(PREFIX MODULE WHAT): the target PkgConfig::PREFIX, or a text that says what to install.
function(mailroom_need prefix module what)
  pkg_check_modules(${prefix} QUIET IMPORTED_TARGET GLOBAL ${module})
  if(NOT ${prefix}_FOUND)
    message(FATAL_ERROR "mailroom needs ${what}, which pkg-config does not find (${module}.pc). "
      "On Debian and Ubuntu: apt-get install ${ARGN}; elsewhere the package has a similar name.")
  endif()
endfunction()

find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
  message(FATAL_ERROR "mailroom needs pkg-config. On Debian and Ubuntu: apt-get install pkg-config")
endif()
find_package(Threads REQUIRED)
mailroom_need(ZMQ libzmq "libzmq with its headers" libzmq3-dev)
mailroom_need(MPACK mpack "libmpack with its headers" libmpack-dev)

if(MAILROOM_PROGRAMS STREQUAL AUTO)
  pkg_check_modules(PROGRAMS QUIET libczmq jansson sqlite3 libmicrohttpd)
  if(PROGRAMS_FOUND AND CMAKE_SYSTEM_NAME STREQUAL Linux)
    set(MAILROOM_PROGRAMS ON)
  else()
    message(STATUS "mailroom's programs are left out: they are for Linux, and need libczmq, jansson, SQLite and libmicrohttpd "
      "(on Debian and Ubuntu: apt-get install libczmq-dev libjansson-dev libsqlite3-dev libmicrohttpd-dev uthash-dev)")
    set(MAILROOM_PROGRAMS OFF)
  endif()
endif()
if(MAILROOM_PROGRAMS)
  mailroom_need(CZMQ libczmq "libczmq with its headers" libczmq-dev)
  mailroom_need(MICROHTTPD libmicrohttpd "libmicrohttpd with its headers" libmicrohttpd-dev)
  mailroom_need(JANSSON jansson "jansson with its headers" libjansson-dev)
  pkg_check_modules(SYSTEMD QUIET IMPORTED_TARGET GLOBAL libsystemd) # services say when they are ready
  mailroom_need(SQLITE sqlite3 "SQLite with its headers" libsqlite3-dev)
  if(MAILROOM_POSTGRESQL STREQUAL AUTO)
    pkg_check_modules(POSTGRESQL QUIET IMPORTED_TARGET GLOBAL libpq>=14)
  elseif(MAILROOM_POSTGRESQL)
    mailroom_need(POSTGRESQL libpq>=14 "libpq with its headers" libpq-dev)
  endif()
endif()
