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
#define BYTE_ROWS2 12
#define BYTE_ROWS3 8
#define BYTE_ROWS4 6
#define TAP_GROUP 2
#define ADD_GROUPS(sum, x, taps) BI(add_epi32)(sum, BI(madd_epi16)(x, taps))
#define GROUP_OF_ONES BI(set1_epi16)(1)
#include "shuffled_table.h"
#define STORE_ROUNDED(y, row, vectors, count, table) \
    _mm512_mask_storeu_epi8(y, first_bytes(count), rounded_row((const __m512 *)(row), vectors))
#define LOOK_UP_BLOCK_64(v, table) \
    _mm512_inserti64x4(_mm512_castsi256_si512(shuffled(_mm512_castsi512_si256(v), table)), \
                       shuffled(_mm512_extracti64x4_epi64(v, 1), table), 1)
#include "vector.h"
#pragma clang attribute pop
#endif
