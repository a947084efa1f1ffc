// AVX2 with FMA: 12 accumulators, 2 weights and a broadcast of the 16 registers.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SET avx2
#define LANES 8
#define VECTORS 2
#define ROWS 6
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "vector.h"
#pragma clang attribute pop
#endif
