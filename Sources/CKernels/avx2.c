// AVX2 with FMA: up to 12 sums, 2 or 3 weights and a broadcast of the 16 registers.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SET avx2
#define LANES 8
#define VECTORS 2
#define ROWS1 8
#define ROWS2 6
#define ROWS3 3
#define HALF_ROWS1 6
#define HALF_ROWS2 4
#define HALF_ROWS3 2
#define DEPTHWISE_WIDE 4
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define MAX(a, b) (vf) _mm256_max_ps((__m256)(a), (__m256)(b))
#define MIN(a, b) (vf) _mm256_min_ps((__m256)(a), (__m256)(b))
#define PAIRS(a, b) (vi) _mm256_madd_epi16((__m256i)(a), (__m256i)(b))
#define BYTE_ROWS1 6
#define BYTE_ROWS2 3
#define BYTE_ROWS3 2
#include "vector.h"
#pragma clang attribute pop
#endif
