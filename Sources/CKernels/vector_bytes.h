// The kernels over maps of bytes (part of vector.h). Sums are 32-bit whole numbers, so every set finds the
// same ones; only the rounding of what is made of them may differ by a step.

typedef int16_t vs __attribute__((vector_size(LANES * 4), aligned(2), may_alias));
typedef uint16_t vu __attribute__((vector_size(LANES * 4), aligned(2), may_alias));
typedef int8_t vc __attribute__((vector_size(LANES), aligned(1), may_alias));
typedef uint8_t vbytes __attribute__((vector_size(LANES * 4), aligned(1), may_alias));
typedef int32_t four_bytes __attribute__((aligned(1), may_alias));

// DOT4(sum, a, w) is sum + the four products of unsigned bytes of `a` with signed bytes of `w` in each 32-bit word.
// Where there is no such instruction, PAIRS is the sum of two neighbouring products of 16-bit numbers.
#ifndef DOT4
INLINE vs even_bytes(vi a) { return (vs)(a & 0x00ff00ff); }
INLINE vs odd_bytes(vi a) { return (vs)((vu)a >> 8); }
#endif

INLINE vi load_bytes4(const void *p) { return *(const vi *)p; }
INLINE vf floats_of(const uint8_t *p) { return __builtin_convertvector(__builtin_convertvector(*(const vb *)p, vi), vf); }
INLINE vf floats_part(const uint8_t *p, size_t count) {
    vb bytes = {};
    if (count >= LANES) bytes = *(const vb *)p;
    else LOAD_BYTES_PART(bytes, p, count);
    return __builtin_convertvector(__builtin_convertvector(bytes, vi), vf);
}

// Rounded to the nearest and cut to 0...255, in 32-bit words.
INLINE vi rounded(vf x) {
    // Adding 1.5 * 2^23 rounds to a whole number that stands in the low bits.
    return (vi)(at_most(at_least(x, 0.0f), 255.0f) + splat(12582912.0f)) & 0xff;
}

INLINE void store_rounded(uint8_t *y, vf x, size_t count) {
    vb bytes = __builtin_convertvector(rounded(x), vb);
    if (count >= LANES) *(vb *)y = bytes;
    else copy_part(y, &bytes, count);
}

static void peak_u8(size_t rounds, const void *x, const void *w, int32_t *y) {
    vi a = load_bytes4(x), b = load_bytes4(w), sums[CK_PEAK_SUMS];
    UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) sums[i] = load_bytes4(y + i * LANES);
#ifdef DOT4
    for (size_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) {
            FORGET(a);
            sums[i] = DOT4(sums[i], a, b);
        }
#else
    // Taking the bytes apart is work, not rate.
    vs a0 = even_bytes(a), a1 = odd_bytes(a), b0 = (vs)b << 8 >> 8, b1 = (vs)b >> 8;
    for (size_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) {
            FORGET(a0);
            FORGET(a1);
            sums[i] += PAIRS(a0, b0);
            sums[i] += PAIRS(a1, b1);
        }
#endif
    UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) *(vi *)(y + i * LANES) = sums[i];
}

static void fuse_u8(const uint8_t *const *x, const float *w, size_t inputs, size_t count, uint8_t *y,
                    const uint8_t *table) {
    for (size_t i = 0; i < count; i += LANES) {
        vf sum = splat(w[inputs]);
        for (size_t j = 0; j < inputs; j++) sum = FMA(floats_of(x[j] + i), splat(w[j]), sum);
        store_rounded(y + i, sum, count - i);
    }
    if (table) LOOK_UP(y, count, table);
}

INLINE void store_bytes_part(uint8_t *p, vbytes v, size_t count) {
    if (count >= sizeof v) *(vbytes *)p = v;
    else copy_part(p, &v, count);
}
#define OF(name) name##_u8
#define ELEMENT uint8_t
#define IN(p) (*(const vbytes *)(p))
#define OUT_PART(p, v, count) store_bytes_part(p, v, count)
#define POOLED vbytes
#define POOLED_LANES sizeof(vbytes)
#define LOWEST (vbytes){}
#define LARGER(a, b) __builtin_elementwise_max(a, b)
#include "vector_maxpool.h"
#undef OF
#undef ELEMENT
#undef IN
#undef OUT_PART

// Four neighbouring weights of a column stand side by side, so a vector holds LANES / 4 columns.
static void scale_u8(const float *x, const float *gate, size_t rows, size_t columns, const float *bias,
                     const struct ck_gated *g, int8_t *y, float *multipliers, float *biases) {
    enum { most_vectors = LANES * (VECTORS + 1) * 4 / LANES };
    const size_t vectors = columns * 4 / LANES;
    vf most[most_vectors], inverse[most_vectors];
    vi totals[most_vectors];
    for (size_t v = 0; v < vectors; v++) {
        most[v] = splat(0);
        totals[v] = (vi){};
    }
    for (size_t k = 0; k < rows; k += 4) {
        vf gates;
        for (int i = 0; i < LANES; i++) gates[i] = gate[k + (size_t)(i & 3)];
        for (size_t v = 0; v < vectors; v++) {
            vf value = load(x + k * columns + v * LANES) * gates;
            most[v] = MAX((vf)((vi)value & 0x7fffffff), most[v]);
        }
    }
    float scales[LANES * (VECTORS + 1)];
    for (size_t n = 0; n < columns; n++) {
        float largest = 0;
        for (size_t i = 0; i < 4; i++) largest = fmaxf(largest, most[(4 * n + i) / LANES][(4 * n + i) % LANES]);
        scales[n] = largest / 127;
        for (size_t i = 0; i < 4; i++)
            inverse[(4 * n + i) / LANES][(4 * n + i) % LANES] = largest > 1e-30f ? 127 / largest : 0;
    }
    for (size_t k = 0; k < rows; k += 4) {
        vf gates;
        for (int i = 0; i < LANES; i++) gates[i] = gate[k + (size_t)(i & 3)];
        for (size_t v = 0; v < vectors; v++) {
            size_t at = k * columns + v * LANES;
            vf value = load(x + at) * gates * inverse[v] + splat(12582912.0f);
            vi whole = (vi)value << 16 >> 16; // the low half holds the rounded number
            totals[v] += whole;
            *(vc *)(y + at) = __builtin_convertvector(whole, vc);
        }
    }
    for (size_t n = 0; n < columns; n++) {
        int32_t total = 0;
        for (size_t i = 0; i < 4; i++) total += totals[(4 * n + i) / LANES][(4 * n + i) % LANES];
        multipliers[n] = g->input_scale * scales[n] / g->output_scale;
        biases[n] =
            (bias[n] - g->input_scale * scales[n] * g->input_zero * (float)total) / g->output_scale + g->output_zero;
    }
}

#include "vector_bytes_product.h"
#ifdef TAP_GROUP
#include "byte_depthwise.h"
#else
#include "neon_depthwise.h"
#endif
