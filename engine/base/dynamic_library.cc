#include "base/dynamic_library.h"

#include <dlfcn.h>

namespace rocky {

Result<DynamicLibrary> DynamicLibrary::open(const std::string& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
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
