# The compiled part of the Python package (mailroom._core), and what a wheel holds beside Python files.
#
# MAILROOM_PYTHON: AUTO builds it where a Python with headers is found, ON demands one, OFF does not look.
set(MAILROOM_PYTHON AUTO CACHE STRING "Build the Python package's extension: AUTO, ON or OFF")

if(NOT MAILROOM_PYTHON STREQUAL OFF)
  if(MAILROOM_PYTHON STREQUAL ON)
    set(required REQUIRED)
  endif()
  find_package(Python 3.10 ${required} COMPONENTS Interpreter Development.Module)
endif()

if(Python_Development.Module_FOUND)
  file(GLOB sources CONFIGURE_DEPENDS clients/python/extension/*.c)
  add_library(mailroom_python MODULE ${sources})
  target_include_directories(mailroom_python SYSTEM PRIVATE ${Python_INCLUDE_DIRS})
  target_include_directories(mailroom_python PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(mailroom_python PRIVATE mailroom_options libmailroom_static)
  # beside bin/ as the package lies in a wheel: where it is imported from the tree it is found there
  set_target_properties(mailroom_python PROPERTIES
    OUTPUT_NAME _core PREFIX "" C_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/python/mailroom)
  if(Python_SOABI MATCHES "^cpython-[0-9]+t") # free-threaded: there is no limited API
    set_target_properties(mailroom_python PROPERTIES SUFFIX ".${Python_SOABI}${CMAKE_SHARED_MODULE_SUFFIX}")
  else()
    target_compile_definitions(mailroom_python PRIVATE Py_LIMITED_API=0x030A0000)
    set_target_properties(mailroom_python PROPERTIES SUFFIX ".abi3${CMAKE_SHARED_MODULE_SUFFIX}")
  endif()
endif()

# What a wheel holds: the extension, and the programs inside the package.
add_custom_target(wheel)
if(TARGET mailroom_python)
  add_dependencies(wheel mailroom_python)
  install(TARGETS mailroom_python LIBRARY DESTINATION mailroom COMPONENT wheel EXCLUDE_FROM_ALL)
endif()
foreach(program mailroomd mailroom-shim mailroom mailroom-plain)
  if(TARGET ${program})
    add_dependencies(wheel ${program})
    install(TARGETS ${program} RUNTIME DESTINATION mailroom/bin COMPONENT wheel EXCLUDE_FROM_ALL)
  endif()
endforeach()
