#include "base/dynamic_library.h"

#include <gmock/gmock.h>

namespace rocky {
namespace {

TEST(DynamicLibrary, FindsAFunction) {
  const auto library = DynamicLibrary::open("libm.so.6");
  ASSERT_TRUE(library.has_value()) << library.error().message;
  const auto cosine = library->symbol<double (*)(double)>("cos");
  ASSERT_TRUE(cosine.has_value());
  EXPECT_EQ((*cosine)(0), 1.0);
}

TEST(DynamicLibrary, NamesTheLibraryThatIsMissing) {
  const auto library = DynamicLibrary::open("/no/such/lib.so");
  ASSERT_FALSE(library.has_value());
  EXPECT_EQ(library.error().code, ErrorCode::LibraryMissing);
  EXPECT_THAT(library.error().message, testing::HasSubstr("/no/such/lib.so"));
}

TEST(DynamicLibrary, NamesTheFunctionThatIsMissing) {
  const auto library = DynamicLibrary::open("libm.so.6");
  const auto nothing = library->symbol<void (*)()>("no_such_function");
  ASSERT_FALSE(nothing.has_value());
  EXPECT_THAT(nothing.error().message, testing::HasSubstr("no_such_function"));
}

}  // namespace
}  // namespace rocky
