// Any processor with four-lane vectors: SSE2, NEON.
#pragma STDC FP_CONTRACT OFF
#define SET portable
#define LANES 4
#define VECTORS 2
#if defined(__aarch64__)
#include <arm_neon.h>
#define MAX(a, b) (vf) vmaxq_f32((float32x4_t)(a), (float32x4_t)(b))
#define MIN(a, b) (vf) vminq_f32((float32x4_t)(a), (float32x4_t)(b))
#define ROWS1 12
#define ROWS2 8
#define ROWS3 6
#define HALF_ROWS1 12
#define HALF_ROWS2 8
#define HALF_ROWS3 5
#define DEPTHWISE_WIDE 8
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "neon_bytes.h"
#else
#include <immintrin.h>
#define MAX(a, b) (vf) _mm_max_ps((__m128)(a), (__m128)(b))
#define MIN(a, b) (vf) _mm_min_ps((__m128)(a), (__m128)(b))
#define ROWS1 8
#define ROWS2 4
#define ROWS3 3
#define HALF_ROWS1 6
#define HALF_ROWS2 3
#define HALF_ROWS3 2
#define DEPTHWISE_WIDE 4
#define FMA(a, b, c) ((a) * (b) + (c))
#include "sse2_bytes.h"
#endif
#define BYTE_ROWS1 8
#define BYTE_ROWS2 6
#define BYTE_ROWS3 3
#include "vector.h"
