// The vector kernels, written once over the compiler's vector types. A set's file defines SET (its name),
// LANES (floats of a vector), VECTORS (vectors of a panel's row) and ROWS1 to ROWS4 (pixels of a
// micro-tile of 1 to 4 vectors, so that accumulators, weights and a broadcast fit its registers), where it
// cannot multiply pairs of bfloat16 (DOT) also HALF_ROWS1 to HALF_ROWS4, whose weights and broadcasts take
// twice the registers; then it includes this. FMA(a, b, c) is a * b + c, fused where the set can; MAX(a, b) and MIN(a, b) give b where one
// is no number.
#include "CKernels.h"
#include <math.h>
#include <string.h>

typedef float vf __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef uint16_t vh __attribute__((vector_size(LANES * 2), aligned(2), may_alias));
typedef uint8_t vb __attribute__((vector_size(LANES), aligned(1), may_alias));
typedef float word __attribute__((aligned(2), may_alias));
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE vf load(const float *p) { return *(const vf *)p; }
INLINE void store(float *p, vf v) { *(vf *)p = v; }
INLINE vf splat(float x) { return x - (vf){}; }
// One instruction each, and what is no number stays so.
INLINE vf at_least(vf x, float limit) { return MAX(splat(limit), x); }
INLINE vf at_most(vf x, float limit) { return MIN(splat(limit), x); }

// Fewer than 64 bytes, without a call: where one may follow, all sums are saved before it.
INLINE void copy_part(void *to, const void *from, size_t bytes) {
    char *y = to;
    const char *x = from;
    UNROLL for (size_t size = 32; size > 0; size /= 2)
        if (bytes & size) {
            memcpy(y, x, size);
            y += size;
            x += size;
        }
}

// The first `count` lanes; a full vector is the common case.
#ifndef STORE_PART
#define STORE_PART(p, v, count) copy_part(p, &v, (count) * sizeof(float))
#define LOAD_PART(v, p, count) copy_part(&v, p, (count) * sizeof(float))
#endif
#ifndef STORE_HALF_PART
#define STORE_HALF_PART(p, v, count) copy_part(p, &v, (count) * sizeof *(p))
#define LOAD_HALF_PART(v, p, count) copy_part(&v, p, (count) * sizeof *(p))
#endif
#ifndef LOAD_BYTES_PART
#define LOAD_BYTES_PART(v, p, count) copy_part(&v, p, count)
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

// bfloat16 is the upper half of a float.
INLINE vf widen(vh x) { return (vf)(__builtin_convertvector(x, vi) << 16); }
#ifndef NARROW
// To the nearest, ties to even.
INLINE vh narrow(vf x) {
    vi bits = (vi)x;
    return __builtin_convertvector((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, vh);
}
#define NARROW(x) narrow(x)
#endif

#include "vector_activation.h"

// Taps of output `o` inside a line of `size`: first and past the last.
INLINE void clip(size_t o, size_t stride, size_t before, size_t kernel, size_t size, size_t *k0, size_t *k1) {
    size_t start = o * stride;
    *k0 = start < before ? before - start : 0;
    size_t room = size + before - start; // start never lies past the padded end
    *k1 = kernel < room ? kernel : room;
}

#include "vector_peak.h"

enum { largest_kernel = 15 };

// The kernels over maps of floats, then over maps of bfloat16. ELEMENT is what stands in memory; a STEP of
// a product is what one 32-bit word of a pixel holds.
#ifdef DEPTHWISE_PAIRS
INLINE int takes_pairs(const struct ck_depthwise *d) {
    return (d->kernel == 3 || d->kernel == 5) && (d->stride == 1 || d->stride == 2);
}
#include "vector_depthwise_pairs.h"
#endif

static size_t pack_depthwise_bf16(const struct ck_depthwise *d, const float *taps, void *packed) {
#ifdef DEPTHWISE_PAIRS
    if (takes_pairs(d)) return (pack_pairs(d, taps, packed) + 1) / 2;
#endif
    size_t count = d->kernel * d->kernel * d->channels;
    if (packed) memcpy(packed, taps, count * sizeof *taps);
    return count;
}

#define OF(name) name##_f32
#define ELEMENT float
#define IN(p) load(p)
#define OUT(p, v) store(p, v)
#define OUT_PART(p, v, count) store_part(p, v, count)
#define IN_PART(p, count) load_part(p, count)
#define STEP 1
#define TILE1 ROWS1
#define TILE2 ROWS2
#define TILE3 ROWS3
#define TILE4 ROWS4
#include "vector_kernels.h"

#define OF(name) name##_bf16
#define ELEMENT uint16_t
#define IN(p) widen(*(const vh *)(p))
#define OUT(p, v) (*(vh *)(p) = NARROW(v))
#define OUT_PART(p, v, count) store_half_part(p, v, count)
#define IN_PART(p, count) load_half_part(p, count)
#define STEP 2
#ifndef HALF_ROWS1
#define TILE1 ROWS1
#define TILE2 ROWS2
#define TILE3 ROWS3
#define TILE4 ROWS4
#else
#define TILE1 HALF_ROWS1
#define TILE2 HALF_ROWS2
#define TILE3 HALF_ROWS3
#define TILE4 HALF_ROWS4
#endif
INLINE void store_half_part(uint16_t *p, vf v, size_t count) {
    vh half = NARROW(v);
    if (count >= LANES) *(vh *)p = half;
    else STORE_HALF_PART(p, half, count);
}
INLINE vf load_half_part(const uint16_t *p, size_t count) {
    vh half = {};
    if (count >= LANES) half = *(const vh *)p;
    else LOAD_HALF_PART(half, p, count);
    return widen(half);
}
#include "vector_kernels.h"
#include "vector_bytes.h"
#include "vector_input.h"

#include "letterbox_vector.h"

#define CK_JOIN_(a, b) a##b
#define CK_JOIN(a, b) CK_JOIN_(a, b)
#define CK_TEXT_(a) #a
#define CK_TEXT(a) CK_TEXT_(a)
const struct ck_kernels CK_JOIN(ck_kernels_, SET) = {
    .name = CK_TEXT(SET),
    .lanes = LANES,
    .panel_vectors = VECTORS,
    .pack_depthwise_bf16 = pack_depthwise_bf16,
#ifdef TAP_GROUP
    .tap_group = TAP_GROUP,
    .tap_block = TAP_BLOCK,
#endif
#define CK_ENTRY(name, parameters) .name = name,
    CK_ROWS(CK_ENTRY)
};
