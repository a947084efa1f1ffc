// The kernels of one element type (part of vector.h).
#include "vector_depthwise.h"
#include "vector_maps.h"
#define POOLED vf
#define POOLED_LANES LANES
#define LOWEST splat(-INFINITY)
#define LARGER(a, b) MAX(a, b)
#include "vector_maxpool.h"
#include "vector_pointwise.h"
#undef OF
#undef ELEMENT
#undef IN
#undef OUT
#undef IN_PART
#undef OUT_PART
#undef STEP
#undef POOLED
#undef POOLED_LANES
#undef LOWEST
#undef LARGER
#undef TILE1
#undef TILE2
#undef TILE3
#undef TILE4
