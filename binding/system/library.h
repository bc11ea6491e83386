// Opens shared libraries of the system at run time. They stay loaded.
#pragma once

namespace mish {

// Opens the library of that file name; returns null when the system finds none. On Windows only the
// system's own directory is searched.
void* open_library(const char* name);

// What the library exports under that name; null where it exports no such symbol.
void* library_symbol(void* library, const char* name);

}  // namespace mish
