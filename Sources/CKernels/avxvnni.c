// AVX2 with products of four bytes (AVX-VNNI).
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SET avxvnni
#define ENCODING "%{vex%}"
#include "avxvnni.h"
#include "vector.h"
#pragma clang attribute pop
#endif
