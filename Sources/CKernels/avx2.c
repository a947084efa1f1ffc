// AVX2 with FMA.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SET avx2
#include "avx2.h"
#define PAIRS(a, b) (vi) _mm256_madd_epi16((__m256i)(a), (__m256i)(b))
#define BYTE_ROWS1 10
#define BYTE_ROWS2 6
#define BYTE_ROWS3 3
#define TAP_GROUP 2
#define ADD_GROUPS(sum, x, taps) _mm256_add_epi32(sum, _mm256_madd_epi16(x, taps))
#define GROUP_OF_ONES _mm256_set1_epi16(1)
#include "vector.h"
#pragma clang attribute pop
#endif
