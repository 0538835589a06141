# rocky_library(<folder> [DEPS target...] [TEST_DEPS target...]): the static library rocky_<folder> from
# every .cc below the calling folder that is not a test, and, where tests stand beside the code, the
# program <folder>_test, which links TEST_DEPS too and whose tests carry the folder's name as their label.
function(rocky_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;TEST_DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(rocky_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(rocky_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(rocky_${name} ${scope} rocky_options ${ARG_DEPS})
  if(tests)
    rocky_test(${name}_test SOURCES ${tests} DEPS rocky_${name} ${ARG_TEST_DEPS} LABELS ${name})
  endif()
endfunction()

# rocky_test(<program> SOURCES file... [DEPS target...] [LABELS label...]): a GoogleTest program, its tests
# known to ctest.
function(rocky_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE rocky_options ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS "${ARG_LABELS}")
endfunction()
