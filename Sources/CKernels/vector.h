// The vector kernels, written once over the compiler's vector types. A set's file defines SET (its name),
// LANES (floats of a vector), VECTORS (vectors of a panel's row) and ROWS1 to ROWS4 (pixels of a
// micro-tile of 1 to 4 vectors, so that accumulators, weights and a broadcast fit its registers); then it
// includes this. FMA(a, b, c) is a * b + c, fused where the set can; MAX(a, b) and MIN(a, b) give b where one
// is no number.
#include "CKernels.h"
#include <math.h>
#include <string.h>

typedef float vf __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE vf load(const float *p) { return *(const vf *)p; }
INLINE void store(float *p, vf v) { *(vf *)p = v; }
INLINE vf splat(float x) { return x - (vf){}; }
// One instruction each, and what is no number stays so.
INLINE vf at_least(vf x, float limit) { return MAX(splat(limit), x); }
INLINE vf at_most(vf x, float limit) { return MIN(splat(limit), x); }

// The first `count` lanes; a full vector is the common case.
#ifndef STORE_PART
#define STORE_PART(p, v, count) memcpy(p, &v, (count) * sizeof(float))
#define LOAD_PART(v, p, count) memcpy(&v, p, (count) * sizeof(float))
#endif
INLINE void store_part(float *p, vf v, size_t count) {
    if (count >= LANES) store(p, v);
    else STORE_PART(p, v, count);
}
INLINE vf load_part(const float *p, size_t count) {
    if (count >= LANES) return load(p);
    vf v = {};
    LOAD_PART(v, p, count);
    return v;
}

#include "vector_activation.h"
#include "vector_depthwise.h"
#include "vector_maps.h"
#include "vector_pointwise.h"

#include "letterbox_vector.h"

#define CK_JOIN_(a, b) a##b
#define CK_JOIN(a, b) CK_JOIN_(a, b)
#define CK_TEXT_(a) #a
#define CK_TEXT(a) CK_TEXT_(a)
const struct ck_kernels CK_JOIN(ck_kernels_, SET) = {
    .name = CK_TEXT(SET),
    .lanes = LANES,
    .panel_vectors = VECTORS,
#define CK_ENTRY(name, parameters) .name = name,
    CK_ROWS(CK_ENTRY)
};
