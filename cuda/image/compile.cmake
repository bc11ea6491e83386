# Compiles SOURCE by NVCC to the fatbin OUT, for every architecture of the image, and keeps what
# ptxas prints in LOG. Fails when a kernel spills registers to memory: none has a reason to.
#
#   cmake -DNVCC=<nvcc> -DSOURCE=<file> -DOUT=<file> -DLOG=<file> -P compile.cmake
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/../device/kernel_abi.h least
  REGEX "kLeastComputeCapability = [0-9]+")
string(REGEX REPLACE ".* = ([0-9]+).*" "\\1" least "${least}")
set(code)
foreach(architecture ${least} 80 86 89 90 100 120)
  list(APPEND code -gencode arch=compute_${architecture},code=sm_${architecture})
endforeach()
# For later architectures, by the driver.
list(APPEND code -gencode arch=compute_${least},code=compute_${least})

# The mathematics need -fmad=false (math/bits.h); IEEE division and subnormals are nvcc's default,
# said here because bits depend on them.
execute_process(
  COMMAND ${NVCC} -std=c++17 -O3 -fmad=false -ftz=false -prec-div=true ${code} --threads 2
    -fatbin --compress-mode=size -Xptxas -v ${SOURCE} -o ${OUT}.new
  OUTPUT_FILE ${LOG} ERROR_FILE ${LOG} RESULT_VARIABLE failed)
file(READ ${LOG} log)
if(failed)
  message(FATAL_ERROR "${log}")
endif()

# Of all that matches, the greatest number, and how often it is not 0.
function(greatest pattern log out)
  set(most 0)
  set(count 0)
  string(REGEX MATCHALL "${pattern}" found "${log}")
  foreach(text IN LISTS found)
    string(REGEX MATCH "[0-9]+" number "${text}")
    if(number GREATER 0)
      math(EXPR count "${count} + 1")
    endif()
    if(number GREATER most)
      set(most ${number})
    endif()
  endforeach()
  set(${out} ${most} PARENT_SCOPE)
  set(${out}_count ${count} PARENT_SCOPE)
endfunction()
greatest("Used [0-9]+ registers" "${log}" registers)
greatest("[0-9]+ bytes spill stores" "${log}" spilled)
greatest("[0-9]+ bytes stack frame" "${log}" frame)
file(SIZE ${OUT}.new bytes)
get_filename_component(name ${OUT} NAME)
message(STATUS "${name}: ${bytes} bytes; ${registers_count} compiled kernels, at most ${registers} "
  "registers, ${spilled_count} spill, ${frame_count} with a stack frame (${LOG})")
if(registers_count EQUAL 0)
  message(FATAL_ERROR "ptxas said nothing about registers: is -Xptxas -v still its option?")
endif()
if(spilled_count GREATER 0)
  message(FATAL_ERROR "registers are spilled: see ${LOG}")
endif()
file(RENAME ${OUT}.new ${OUT}) # only now, so that what failed is not taken for built
