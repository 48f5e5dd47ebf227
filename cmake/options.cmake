# What every target of ours is compiled with: the language, the warnings, the sanitizers. Others' headers come in as
# system headers and are not warned about.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
  set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g" CACHE STRING "" FORCE) # assertions stay in: they are for our own bugs
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(mailroom_options INTERFACE)
target_compile_definitions(mailroom_options INTERFACE _GNU_SOURCE)
target_compile_options(mailroom_options INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith -Wcast-qual
  -Wwrite-strings -Wundef -Wformat=2
  -Wno-unused-parameter # the handlers of one table have one signature
  # gcc's own: snprintf is called to truncate; and -O1 makes it guess at what clang's analyzer follows through
  $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation> $<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  $<$<CONFIG:Debug>:-fno-omit-frame-pointer> $<$<BOOL:${MAILROOM_WERROR}>:-Werror>)

if(MAILROOM_SANITIZE)
  # no-recover: undefined behaviour must end the test that shows it, not only print a line
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

if(MAILROOM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

# target_link_libraries with those of our own targets that exist by now, so that the tree builds at every commit.
function(mailroom_link target scope)
  foreach(library ${ARGN})
    if(NOT library MATCHES "^mailroom_" OR TARGET ${library})
      target_link_libraries(${target} ${scope} ${library})
    endif()
  endforeach()
endfunction()
