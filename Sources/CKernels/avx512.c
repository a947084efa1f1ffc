// AVX-512.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), apply_to = function)
#define SET avx512
#define HALF_ROWS1 12
#define HALF_ROWS2 10
#define HALF_ROWS3 6
#define HALF_ROWS4 4
#include "avx512.h"
#define PAIRS(a, b) (vi) _mm512_madd_epi16((__m512i)(a), (__m512i)(b))
#define BYTE_ROWS1 12
#define BYTE_ROWS2 8
#define BYTE_ROWS3 5
#define BYTE_ROWS4 4
#include "vector.h"
#pragma clang attribute pop
#endif
