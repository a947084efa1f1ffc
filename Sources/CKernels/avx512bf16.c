// AVX-512 with products of bfloat16 pairs and of four bytes.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx512vnni,avx512vbmi,fma"))), apply_to = function)
#define SET avx512bf16
#define DEPTHWISE_PAIRS
#include "avx512.h"
#define NARROW(x) (vh) _mm512_cvtneps_pbh((__m512)(x))
#define DOT(sum, a, w) (vf) _mm512_dpbf16_ps((__m512)(sum), (__m512bh)(a), (__m512bh)(w))
#define HALF_DOT(sum, a, w) (half_vector) _mm256_dpbf16_ps((__m256)(sum), (__m256bh)(a), (__m256bh)(w))
#include "vnni.h"
#include "vector.h"
#pragma clang attribute pop
#endif
