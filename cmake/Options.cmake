# Everything of ours is compiled with these; nothing of others is.
add_library(rocky_options INTERFACE)
target_compile_features(rocky_options INTERFACE cxx_std_20)
target_include_directories(rocky_options INTERFACE ${CMAKE_SOURCE_DIR}/engine)
target_compile_options(rocky_options INTERFACE
  -Wall -Wextra -Werror -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -fno-omit-frame-pointer)
# g++ 12 sees reads of uninitialised members in std::variant and std::optional that do not happen.
target_compile_options(rocky_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  # Designated initialisers leave out what keeps its default.
  -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # std::stable_sort of g++ 12 uses what the standard has deprecated.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)

set(ROCKY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")
if(ROCKY_SANITIZE)
  target_compile_options(rocky_options INTERFACE -fsanitize=${ROCKY_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(rocky_options INTERFACE -fsanitize=${ROCKY_SANITIZE})
endif()

find_program(ROCKY_CCACHE ccache)
if(ROCKY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ROCKY_CCACHE} CACHE STRING "" FORCE)
endif()
find_program(ROCKY_MOLD mold)
if(ROCKY_MOLD)
  target_link_options(rocky_options INTERFACE -fuse-ld=mold)
endif()
