# gpu_check, the program of npm run gpu-check: compares and measures the kernels of CPU and GPU
# through the addon's own CUDA code. Not in ALL.
find_package(Threads REQUIRED)
file(GLOB mish_gpu_check_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cc)
mish_cuda_image_sources(mish_gpu_check_image TRUE) # without nvcc, what the fake driver takes
add_executable(gpu_check EXCLUDE_FROM_ALL ${mish_gpu_check_sources} ${mish_gpu_check_image}
  binding/cpu/isa.cc
  binding/system/library.cc binding/system/thread.cc
  ${MISH_CUDA_HOST})
set(mish_gpu_check_nvcc none)
if(mish_cuda_nvcc)
  execute_process(COMMAND ${NVCC} --version OUTPUT_VARIABLE mish_gpu_check_text)
  string(REGEX MATCH "V([0-9.]+)" mish_gpu_check_found "${mish_gpu_check_text}")
  set(mish_gpu_check_nvcc ${CMAKE_MATCH_1})
endif()
target_compile_definitions(gpu_check PRIVATE GPU_CHECK_NVCC="${mish_gpu_check_nvcc}")
# Not mish_options, as here are exceptions.
target_compile_options(gpu_check PRIVATE -O2 -Wall -Wextra -ffp-contract=off)
target_link_options(gpu_check PRIVATE ${MISH_SANITIZE_LINK})
target_link_libraries(gpu_check PRIVATE mish_sanitizer ${MISH_KERNELS} Threads::Threads
  ${CMAKE_DL_LIBS})
