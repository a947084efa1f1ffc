// The same code as avxvnni, with the one instruction that is its own in the encoding of AVX-512: for tests and
// measurements on processors that have only that. Everything else is AVX2, and registers are the same 16.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SET avx512vnni256
#define ENCODING "%{evex%}"
#include "avxvnni.h"
#include "vector.h"
#pragma clang attribute pop
#endif
