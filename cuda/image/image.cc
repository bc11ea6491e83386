// The kernels' image in this binary, as image.cmake has it built or given, or that there is none.
#include "../device/kernel_abi.h"

namespace mish::cuda {

#if defined(MISH_CUDA_BYTES)

alignas(64) extern const unsigned char kImage[] = {
#include MISH_CUDA_BYTES
};
extern const uint64_t kImageBytes = sizeof kImage;

#elif defined(MISH_TEST_SEAMS)

extern const unsigned char kImage[] = "node-mish: no image";
static_assert(sizeof kImage == sizeof kPlaceholder, "the same text");
extern const uint64_t kImageBytes = sizeof kImage;

#else

extern const unsigned char kImage[] = {0};
extern const uint64_t kImageBytes = 0;

#endif

extern const int kLeastDriverVersion = MISH_CUDA_LEAST_DRIVER;

}  // namespace mish::cuda
