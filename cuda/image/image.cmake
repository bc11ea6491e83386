# The image of the CUDA kernels: compiled here, or given, or absent; and mish_cuda_image_sources,
# what puts it into an addon. Nothing but compiling it needs nvcc.
set(MISH_CUDA AUTO CACHE STRING "Compile CUDA kernels: ON, OFF, or AUTO, where there is an nvcc")
set(MISH_CUDA_IMAGE "" CACHE FILEPATH "A fatbin of the kernels made elsewhere, to embed")
set(MISH_CUDA_LEAST_DRIVER 13000 CACHE STRING "The least CUDA driver version for MISH_CUDA_IMAGE")
set_property(CACHE MISH_CUDA PROPERTY STRINGS AUTO ON OFF)

# ---- which image, and why: mish_cuda_image is its file, or empty
set(mish_cuda_directory ${CMAKE_BINARY_DIR}/cuda)
set(mish_cuda_image "")
set(mish_cuda_least_driver ${MISH_CUDA_LEAST_DRIVER})

# Sets mish_cuda_nvcc, or mish_cuda_lacks: why there is none. Below 13.0 nothing was tried.
function(mish_find_nvcc)
  find_program(NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH /usr/local/cuda PATH_SUFFIXES bin
    NO_CMAKE_FIND_ROOT_PATH)
  if(NOT NVCC)
    set(mish_cuda_lacks "no nvcc" PARENT_SCOPE)
    return()
  endif()
  execute_process(COMMAND ${NVCC} --version OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT text MATCHES "release (([0-9]+)\\.[0-9]+)")
    set(mish_cuda_lacks "${NVCC} --version names no release" PARENT_SCOPE)
  elseif(CMAKE_MATCH_1 VERSION_LESS 13.0)
    set(mish_cuda_lacks "nvcc ${CMAKE_MATCH_1} is older than 13.0" PARENT_SCOPE)
  else()
    set(mish_cuda_nvcc "nvcc ${CMAKE_MATCH_1}" PARENT_SCOPE)
    # What any nvcc of a major version compiled runs on every driver of that version. (PTX may ask
    # for the minor version too.)
    math(EXPR least "${CMAKE_MATCH_2} * 1000")
    set(mish_cuda_least_driver ${least} PARENT_SCOPE)
  endif()
endfunction()

# A fatbin of a source in cuda/device/, once for all targets that want it.
file(GLOB mish_cuda_headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/binding/math/*.h)
list(APPEND mish_cuda_headers ${CMAKE_CURRENT_SOURCE_DIR}/binding/ops.h)
foreach(header device_functions grid_loop kernel_abi launch_plan)
  list(APPEND mish_cuda_headers ${CMAKE_CURRENT_SOURCE_DIR}/cuda/device/${header}.h)
endforeach()
function(mish_add_fatbin source fatbin log) # and more headers
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/cuda/image/compile.cmake)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/cuda/device/${source})
  add_custom_command(OUTPUT ${fatbin}
    COMMAND ${CMAKE_COMMAND} -DNVCC=${NVCC} -DSOURCE=${source} -DOUT=${fatbin} -DLOG=${log}
      -P ${script}
    DEPENDS ${source} ${script} ${mish_cuda_headers} ${ARGN}
    COMMENT "Compiling the CUDA kernels of ${source}" VERBATIM)
endfunction()

if(MISH_CUDA STREQUAL OFF)
  message(STATUS "CUDA kernels: absent (MISH_CUDA is OFF)")
elseif(MISH_CUDA_IMAGE)
  get_filename_component(mish_cuda_image ${MISH_CUDA_IMAGE} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
  if(NOT EXISTS ${mish_cuda_image})
    message(FATAL_ERROR "MISH_CUDA_IMAGE: there is no ${mish_cuda_image}")
  endif()
  message(STATUS "CUDA kernels: those of ${mish_cuda_image}, "
    "for drivers from ${mish_cuda_least_driver} on")
else()
  mish_find_nvcc()
  if(mish_cuda_nvcc)
    file(MAKE_DIRECTORY ${mish_cuda_directory})
    set(mish_cuda_image ${mish_cuda_directory}/node-mish.fatbin)
    mish_add_fatbin(kernels.cu ${mish_cuda_image} ${mish_cuda_directory}/ptxas.log)
    add_custom_target(cuda-image DEPENDS ${mish_cuda_image}) # alone, for npm run prebuilds
    set(candidates ${mish_cuda_directory}/node-mish-candidates.fatbin)
    mish_add_fatbin(candidates.cu ${candidates} ${mish_cuda_directory}/ptxas-candidates.log
      ${CMAKE_CURRENT_SOURCE_DIR}/cuda/device/candidates.h)
    add_custom_target(cuda-candidates DEPENDS ${candidates}) # for gpu-check; not in ALL
    message(STATUS "CUDA kernels: compiled by ${mish_cuda_nvcc} (${NVCC})")
  elseif(MISH_CUDA STREQUAL AUTO)
    message(STATUS "CUDA kernels: absent (${mish_cuda_lacks})")
  else()
    message(FATAL_ERROR "MISH_CUDA is ${MISH_CUDA}: ${mish_cuda_lacks}")
  endif()
endif()

# ---- the objects that embed it
function(mish_add_cuda_image target)
  add_library(${target} OBJECT EXCLUDE_FROM_ALL
    ${CMAKE_CURRENT_SOURCE_DIR}/cuda/image/image.cc ${ARGN})
  target_link_libraries(${target} PRIVATE mish_options)
  target_compile_definitions(${target} PRIVATE MISH_CUDA_LEAST_DRIVER=${mish_cuda_least_driver})
endfunction()

if(mish_cuda_image)
  set(mish_cuda_bytes ${mish_cuda_directory}/image.inc)
  add_custom_command(OUTPUT ${mish_cuda_bytes}
    COMMAND ${CMAKE_COMMAND} -DIMAGE=${mish_cuda_image} -DOUT=${mish_cuda_bytes}
      -P ${CMAKE_CURRENT_SOURCE_DIR}/cuda/image/embed.cmake
    DEPENDS ${mish_cuda_image} ${CMAKE_CURRENT_SOURCE_DIR}/cuda/image/embed.cmake
    COMMENT "Embedding ${mish_cuda_image}" VERBATIM)
  mish_add_cuda_image(cuda_image ${mish_cuda_bytes})
  target_compile_definitions(cuda_image PRIVATE MISH_CUDA_BYTES="${mish_cuda_bytes}")
else()
  mish_add_cuda_image(cuda_image)
  mish_add_cuda_image(cuda_image_seams)
  target_compile_definitions(cuda_image_seams PRIVATE MISH_TEST_SEAMS=1)
endif()

# Sets `out` to what an addon has the image from. One with test seams gets a placeholder where there
# is none.
function(mish_cuda_image_sources out seams)
  if(seams AND TARGET cuda_image_seams)
    set(${out} $<TARGET_OBJECTS:cuda_image_seams> PARENT_SCOPE)
  else()
    set(${out} $<TARGET_OBJECTS:cuda_image> PARENT_SCOPE)
  endif()
endfunction()
