// The little of a C++ runtime that the addon needs, so that on Linux it links no libstdc++:
// operator new and delete over malloc. Our own code allocates through seams::allocate; these serve
// library headers. Elsewhere every system has its one C++ runtime.
#include <stddef.h>
#include <stdlib.h>

#include <string>

#if defined(__linux__)

// Without exceptions there is nobody to tell: an abort here would be a crash from JavaScript, so
// nothing that can be reached from it may allocate this way (node-addon-api does only at load).
void* operator new(size_t bytes) { return malloc(bytes); }
void* operator new[](size_t bytes) { return malloc(bytes); }
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
void operator delete[](void* memory, size_t) noexcept { free(memory); }

// node-addon-api takes error messages as std::string; its members are compiled here.
template class std::basic_string<char>;

// What std::string calls where it would throw. No string here is longer than a message.
namespace std {
void __throw_length_error(const char*) { __builtin_trap(); }
void __throw_logic_error(const char*) { __builtin_trap(); }
void __throw_out_of_range_fmt(const char*, ...) { __builtin_trap(); }
}  // namespace std

#endif
