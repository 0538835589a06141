#pragma once

#include <string>
#include <utility>

#include "errors/error.h"

namespace rocky {

/// A shared library opened at run time. Once open it stays loaded until the process ends, so
/// pointers into it never dangle. Copies refer to the same library.
class DynamicLibrary {
 public:
  /// `path` with a slash is that file; a bare name is searched as the dynamic linker does.
  static Result<DynamicLibrary> open(const std::string& path);

  /// The address of a function, as a pointer of its type: `library.symbol<int (*)(int)>("abs")`.
  template <class Function>
  Result<Function> symbol(const char* name) const {
    ROCKY_ASSIGN(void* address, address_of(name));
    return reinterpret_cast<Function>(address);
  }

 private:
  DynamicLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  Result<void*> address_of(const char* name) const;

  void* handle_;
  std::string path_;
};

}  // namespace rocky
