// What compiles the file that includes this, with its version.
#pragma once

namespace mish {

#if defined(__clang__)
constexpr const char* kCompiler = __VERSION__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

}  // namespace mish
