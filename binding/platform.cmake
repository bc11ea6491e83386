# Options of compilers and linkers on each system: MISH_CPU, MISH_WARNINGS, MISH_ARITHMETIC,
# MISH_LANGUAGE, MISH_HARDENING, MISH_DEFINITIONS, MISH_OPTIMISE, MISH_OPTIMISE_CALLS, and
# mish_link_addon.
if(MSVC AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "node-mish is compiled by clang-cl on Windows, not by ${CMAKE_CXX_COMPILER}: "
    "install \"C++ Clang tools for Windows\" with Visual Studio and configure in an empty folder, "
    "or use the Ninja generator with CXX=clang-cl.")
endif()

# ---- the CPU, x64 or arm64: what is compiled for, which on macOS and Windows need not be this one
set(MISH_CPU ${CMAKE_SYSTEM_PROCESSOR})
if(APPLE AND CMAKE_OSX_ARCHITECTURES)
  set(MISH_CPU ${CMAKE_OSX_ARCHITECTURES})
elseif(MSVC)
  set(MISH_CPU ${CMAKE_CXX_COMPILER_ARCHITECTURE_ID})
endif()
if(MISH_CPU MATCHES "^(x86_64|AMD64|x64)$")
  set(MISH_CPU x64)
elseif(MISH_CPU MATCHES "^(aarch64|arm64|ARM64)$")
  set(MISH_CPU arm64)
else()
  message(FATAL_ERROR "node-mish has CPU kernels for x86-64 and arm64, each for itself, not for "
    "\"${MISH_CPU}\"; there the JS kernel serves without any build.")
endif()

# ---- the compiler
# Bits depend on the first: no fused multiply-add but ours.
set(MISH_ARITHMETIC -ffp-contract=off -fno-math-errno -fno-trapping-math)
set(MISH_LANGUAGE -fno-exceptions -fno-rtti -fno-threadsafe-statics -ffunction-sections)
set(MISH_WARNINGS -Wall -Wextra)
set(MISH_HARDENING -fstack-protector-strong)
set(MISH_OPTIMISE -O3) # the kernels
set(MISH_OPTIMISE_CALLS -O2) # all else
set(MISH_DEFINITIONS)
if(MSVC) # clang-cl takes cl's options, or clang's behind a prefix; its -Wall is -Weverything
  list(TRANSFORM MISH_ARITHMETIC PREPEND "/clang:")
  set(MISH_LANGUAGE /EHs-c- /GR- /Zc:threadSafeInit- /Gy)
  set(MISH_WARNINGS /W4)
  set(MISH_HARDENING /GS /guard:cf)
  set(MISH_OPTIMISE /clang:-O3)
  set(MISH_OPTIMISE_CALLS /O2)
  list(APPEND MISH_DEFINITIONS _HAS_EXCEPTIONS=0)
endif()
if(WIN32) # of windows.h: neither macros called min and max, nor what nobody asks for
  list(APPEND MISH_DEFINITIONS NOMINMAX WIN32_LEAN_AND_MEAN)
endif()
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  if(MISH_CPU STREQUAL "x64")
    list(APPEND MISH_HARDENING -fcf-protection=full -fstack-clash-protection)
  else()
    # Else atomics call libgcc, which asks libc for the CPU's features when the addon is loaded.
    list(APPEND MISH_LANGUAGE -mno-outline-atomics)
  endif()
endif()

# ---- the linker
# One binary for glibc and musl alike: no shared library is named, libc's symbols come from the
# process without a version. Not unloaded when a worker that loaded it ends.
function(mish_link_linux target)
  set(exports ${CMAKE_CURRENT_SOURCE_DIR}/binding/exports.map)
  target_link_options(${target} PRIVATE -nostdlib
    -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,nodelete
    -Wl,--version-script=${exports})
  target_link_libraries(${target} PRIVATE gcc)
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${exports})
endfunction()

# Node's functions come from the process, whatever its file is called: the hook in CMAKE_JS_SRC
# finds it when the first of them is called.
function(mish_link_windows target)
  target_link_libraries(${target} PRIVATE synchronization) # WaitOnAddress
  if(MSVC)
    target_link_libraries(${target} PRIVATE delayimp)
    target_link_options(${target} PRIVATE /DELAYLOAD:NODE.EXE /guard:cf /OPT:REF /OPT:ICF)
  endif()
endfunction()

function(mish_link_macos target)
  target_link_options(${target} PRIVATE -undefined dynamic_lookup -Wl,-dead_strip
    -Wl,-exported_symbol,_napi_register_module_v1
    -Wl,-exported_symbol,_node_api_module_get_api_version_v1)
endfunction()

function(mish_link_addon target)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    mish_link_linux(${target})
  elseif(WIN32)
    mish_link_windows(${target})
  elseif(APPLE)
    mish_link_macos(${target})
  else()
    target_link_options(${target} PRIVATE -Wl,-z,nodelete)
  endif()
endfunction()

# The import library of node.exe, from the list of Node-API's functions that cmake-js names.
if(MSVC AND CMAKE_JS_NODELIB_DEF AND CMAKE_JS_NODELIB_TARGET)
  separate_arguments(flags WINDOWS_COMMAND "${CMAKE_STATIC_LINKER_FLAGS}")
  execute_process(COMMAND ${CMAKE_AR} /def:${CMAKE_JS_NODELIB_DEF} /out:${CMAKE_JS_NODELIB_TARGET}
    ${flags} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${CMAKE_AR} made no ${CMAKE_JS_NODELIB_TARGET}")
  endif()
endif()
