# kernel_bodies: the loops of the CUDA kernels, run and checked on the host (kernel_bodies.cc); what
# test/kernel-bodies.test.ts compiles by itself.
add_executable(kernel_bodies EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/kernel_bodies.cc)
target_link_libraries(kernel_bodies PRIVATE mish_options)
target_compile_options(kernel_bodies PRIVATE -O1)
