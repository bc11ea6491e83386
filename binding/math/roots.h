// The constants of the kernels: the roots of f' and f'', the polynomials shifted to them, and ln 2.
// Made by scripts/constants/generate-roots.mjs from 480-bit arithmetic; change it, not this file.
#pragma once

// clang-format off

namespace mish::math {

// The root of f': in 24 bits and the rest, so that a float minus the head is exact; and in three
// parts for float64.
constexpr double kX0Head = -0x1.31432c0000000p+0;
constexpr double kX0Tail = -0x1.a25b086fcc645p-29;
constexpr double kX0Hi = -0x1.31432c0d12d84p+0;
constexpr double kX0Mid = -0x1.bf319154da210p-55;
constexpr double kX0Lo = -0x1.3b82ea8c1efc4p-109;
// w0 = e^x0, A = 3 w0^2 + 8 w0 + 6 + 4 x0, B = 3 w0 + 4, C = w0 + 1.
constexpr double kW0Hi = 0x1.36c4202fc3eccp-2;
constexpr double kW0Lo = 0x1.6d73a02f8d922p-56;
constexpr double kA0Hi = 0x1.f79bbdfa95d4ep+1;
constexpr double kA0Lo = 0x1.8f85beb34db11p-56;
constexpr double kB0Hi = 0x1.3a44c608f4bc6p+2;
constexpr double kB0Lo = 0x1.4485ae08ea8b6p-52;
constexpr double kC0Hi = 0x1.4db1080bf0fb3p+0;
constexpr double kC0Lo = 0x1.6d73a02f8d922p-56;

// A root of f'', w = e^x there, a1 = 6w^2 + 12w + 8 + x(2 - 6w - 6w^2), a2 = 6w + 6 - x(3 + 6w),
// a3 = 2 - 2x.
struct SecondRoot {
  double x_head, x_tail, w, a1, a2, a3;
};
constexpr SecondRoot kXa = {-0x1.20d0f20000000p+1, 0x1.d229ffd8499cep-24, 0x1.acf8a02f6388bp-4,
                            0x1.9812dbca84cf2p+2, 0x1.da1768084714bp+3, 0x1.a0d0f116eb001p+2};
// Here w is a unit in the last place less than e^x, and a2 one nearer to zero: with the nearest
// doubles float32's f'' is misrounded at four inputs, so at none (scripts/constants/search-second-root.cc).
constexpr SecondRoot kXb = {0x1.7d96120000000p+0, 0x1.4880080a450b2p-25, 0x1.1c22e878bd026p+2,
                            -0x1.0bb7b0c4758edp+5, -0x1.71431cf55e642p+3, -0x1.f6584a9100101p-1};

// ln 2 in 37 bits, so that k * kLn2Hi is exact for every exponent k; and the rest.
constexpr double kLn2Hi = 0x1.62e42fefa0000p-1;
constexpr double kLn2Lo = 0x1.cf79abc9e3b3ap-40;
constexpr double kLn2 = 0x1.62e42fefa39efp-1;
constexpr double kLog2e = 0x1.71547652b82fep+0;

// The same for float: ln 2 in 15 bits, exact by every exponent of a float, and the rest.
constexpr float kFloatLn2Hi = 0x1.62e4000000000p-1f;
constexpr float kFloatLn2Lo = 0x1.7f7d1c0000000p-20f;
constexpr float kFloatLog2e = 0x1.7154760000000p+0f;

}  // namespace mish::math
