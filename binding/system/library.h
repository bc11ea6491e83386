// Opens shared libraries of the system at run time. They stay loaded.
#pragma once

namespace mish {

// The library of that file name; null where there is none. On Windows it is looked for in the
// system's own directory alone.
void* open_library(const char* name);

// What the library exports under that name; null where it exports no such symbol.
void* library_symbol(void* library, const char* name);

}  // namespace mish
