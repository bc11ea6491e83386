// The compiler of the including file, with its version.
#pragma once

namespace mish {

#if defined(__clang__)
constexpr const char* kCompiler = __VERSION__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

}  // namespace mish
