// AVX-512: 28 accumulators, 2 weights and a broadcast of the 32 registers.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), apply_to = function)
#define SET avx512
#define LANES 16
#define VECTORS 2
#define ROWS 14
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "vector.h"
#pragma clang attribute pop
#endif
