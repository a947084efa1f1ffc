// Any processor with four-lane vectors: SSE2, NEON.
#pragma STDC FP_CONTRACT OFF
#define SET portable
#define LANES 4
#define VECTORS 2
#if defined(__aarch64__)
#define ROWS 8
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define ROWS 4
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#include "vector.h"
