// The reference: written for reading, the truth for every other set.
#pragma STDC FP_CONTRACT OFF
#include "CKernels.h"
#include <math.h>
#include <string.h>

static float activate(float x, enum ck_activation activation) {
    switch (activation) {
    case ck_none: return x;
    case ck_swish: return x / (1 + expf(-x));
    case ck_relu6: return fminf(fmaxf(x, 0), 6);
    case ck_relu: return fmaxf(x, 0);
    case ck_sigmoid: return 1 / (1 + expf(-x));
    }
    return x;
}

static void normalise_f32(const uint8_t *x, size_t count, const float *scale, const float *shift, float *y) {
    for (size_t i = 0; i < 3 * count; i++) y[i] = (float)x[i] * scale[i % 3] + shift[i % 3];
}

enum { lanes = 2, panel_vectors = 2, panel_width = lanes * panel_vectors };

static void scale_f32(const float *x, const float *scale, size_t rows, size_t columns, void *y) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < columns; n++) ((float *)y)[r * columns + n] = x[r * columns + n] * scale[r];
}

static float widened(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// To the nearest, ties to even.
static uint16_t narrowed(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void narrow_bf16(const float *x, size_t count, void *y) {
    for (size_t i = 0; i < count; i++) ((uint16_t *)y)[i] = narrowed(x[i]);
}

// Weights of two rows stand beside each other.
static size_t pair_place(size_t row, size_t columns, size_t column) {
    return row / 2 * 2 * columns + 2 * column + row % 2;
}

static void scale_bf16(const float *x, const float *scale, size_t rows, size_t columns, void *y) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < columns; n++) {
            size_t at = pair_place(r, columns, n);
            ((uint16_t *)y)[at] = narrowed(x[at] * scale[r]);
        }
}

static size_t pack_depthwise_bf16(const struct ck_depthwise *d, const float *taps, void *packed) {
    size_t count = d->kernel * d->kernel * d->channels;
    if (packed) memcpy(packed, taps, count * sizeof *taps);
    return count;
}

#define OF(name) name##_f32
#define ELEMENT float
#define AT(x, i) ((const float *)(x))[i]
#define PUT(y, i, value) ((float *)(y))[i] = value
#define PLACE(row, columns, column) ((row) * (columns) + (column))
#include "scalar_kernels.h"

#define OF(name) name##_bf16
#define ELEMENT uint16_t
#define AT(x, i) widened(((const uint16_t *)(x))[i])
#define PUT(y, i, value) ((uint16_t *)(y))[i] = narrowed(value)
#define PLACE(row, columns, column) pair_place(row, columns, column)
#include "scalar_kernels.h"
#include "scalar_bytes.h"
#include "letterbox_scalar.h"

static void peak_f32(size_t rounds, const float *x, const float *w, float *y) {
    for (size_t r = 0; r < rounds; r++)
        for (size_t i = 0; i < CK_PEAK_SUMS * lanes; i++) y[i] += x[i % lanes] * w[i % lanes];
}

static void peak_bf16(size_t rounds, const void *x, const void *w, float *y) {
    const uint16_t *a = x, *b = w;
    for (size_t r = 0; r < rounds; r++)
        for (size_t i = 0; i < CK_PEAK_SUMS * lanes; i++)
            for (size_t j = 2 * (i % lanes); j < 2 * (i % lanes) + 2; j++)
                y[i] += widened(a[j]) * widened(b[j]);
}

const struct ck_kernels ck_kernels_scalar = {
    .name = "scalar",
    .lanes = lanes,
    .panel_vectors = panel_vectors,
    .pack_depthwise_bf16 = pack_depthwise_bf16,
#define CK_ENTRY(name, parameters) .name = name,
    CK_ROWS(CK_ENTRY)
};
