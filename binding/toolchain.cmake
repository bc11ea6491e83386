# Defaults that CMake needs before project(): the compiler on Windows, the oldest macOS.
if(CMAKE_HOST_WIN32 AND NOT CMAKE_GENERATOR_TOOLSET AND CMAKE_GENERATOR MATCHES "Visual Studio")
  set(CMAKE_GENERATOR_TOOLSET ClangCL CACHE STRING "")
endif()
if(CMAKE_HOST_APPLE AND NOT CMAKE_OSX_DEPLOYMENT_TARGET)
  set(CMAKE_OSX_DEPLOYMENT_TARGET 11.0 CACHE STRING "") # Node 20's own, as is arm64's first
endif()
