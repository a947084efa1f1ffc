// AVX-512 with products of four bytes.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,avx512vbmi,fma"))), apply_to = function)
#define SET avx512vnni
#define HALF_ROWS1 12
#define HALF_ROWS2 10
#define HALF_ROWS3 6
#define HALF_ROWS4 4
#include "avx512.h"
#include "vnni.h"
#include "vector.h"
#pragma clang attribute pop
#endif
