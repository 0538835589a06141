#include "base/dynamic_library.h"

#include <dlfcn.h>

namespace rocky {

Result<DynamicLibrary> DynamicLibrary::open(const std::string& path) {
  // Lazily: a process calls few of the functions that a library and those below it have.
  void* handle = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (!handle) {
    return fail(ErrorCode::LibraryMissing, "cannot load library: {} path=`{}`", ::dlerror(), path);
  }
  return DynamicLibrary(handle, path);
}

Result<void*> DynamicLibrary::address_of(const char* name) const {
  if (void* address = ::dlsym(handle_, name)) return address;
  return fail(ErrorCode::LibraryMissing, "library lacks a function function=`{}` path=`{}`", name,
              path_);
}

}  // namespace rocky
