// A driver of CUDA 11.0, from before some of the entry points that the addon needs.

#define MISH_OLD_EXPORTED extern "C" __attribute__((visibility("default")))

MISH_OLD_EXPORTED int cuInit(unsigned) { return 0; }

MISH_OLD_EXPORTED int cuDriverGetVersion(int* version) {
  *version = 11000;
  return 0;
}
