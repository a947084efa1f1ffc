// The vector kernels, written once over the compiler's vector types. A set's file defines SET (its name),
// LANES (floats of a vector), VECTORS (vectors of a panel's row) and ROWS (rows of the micro-tile), so
// that ROWS * VECTORS accumulators, VECTORS weights and a broadcast fit its registers; then it includes
// this. FMA(a, b, c) is a * b + c, fused where the set can.
#include "CKernels.h"
#include <math.h>
#include <string.h>

typedef float vf __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))
#define PANEL ((size_t)(LANES * VECTORS))

INLINE vf load(const float *p) { return *(const vf *)p; }
INLINE void store(float *p, vf v) { *(vf *)p = v; }
INLINE vf splat(float x) { return x - (vf){}; }

// The first `count` lanes; a full vector is the common case.
INLINE void store_part(float *p, vf v, size_t count) {
    if (count >= LANES) store(p, v);
    else memcpy(p, &v, count * sizeof(float));
}

// 2^x for x in -126...126: 2^n by the exponent bits, 2^f by the Taylor series to the 6th power, whose
// relative error on -0.5...0.5 is 1.2e-7.
INLINE vf exp2_bounded(vf x) {
    const vf magic = splat(12582912.0f); // 1.5 * 2^23: adding it rounds to a whole number
    vf shifted = x + magic;
    vf f = x - (shifted - magic);
    vf p = splat(1.5403530e-4f);
    p = FMA(p, f, splat(1.3333558e-3f));
    p = FMA(p, f, splat(9.6181291e-3f));
    p = FMA(p, f, splat(5.5504109e-2f));
    p = FMA(p, f, splat(2.4022651e-1f));
    p = FMA(p, f, splat(6.9314718e-1f));
    p = FMA(p, f, splat(1.0f));
    vi n = (vi)shifted << 23; // the rounded number stands in the low bits
    return (vf)((vi)p + n);
}

INLINE vf sigmoid(vf x) {
    vf z = x * splat(-1.44269504f);
    z = __builtin_elementwise_min(__builtin_elementwise_max(z, splat(-126.0f)), splat(126.0f));
    return splat(1.0f) / (splat(1.0f) + exp2_bounded(z));
}

INLINE vf activate(vf x, enum ck_activation activation) {
    switch (activation) {
    case ck_none: return x;
    case ck_swish: return x * sigmoid(x);
    case ck_relu6: return __builtin_elementwise_min(__builtin_elementwise_max(x, (vf){}), splat(6.0f));
    case ck_relu: return __builtin_elementwise_max(x, (vf){});
    case ck_sigmoid: return sigmoid(x);
    }
    return x;
}

// One tile: `rows` (a constant where inlined) rows of x against one panel.
INLINE void tile(const float *x, size_t depth, const float *panel, const float *bias, size_t columns,
                 const float *residual, float *y, size_t width, enum ck_activation activation, int rows) {
    vf sums[ROWS][VECTORS];
    for (int v = 0; v < VECTORS; v++) {
        vf b = load(bias + v * LANES);
        for (int r = 0; r < rows; r++) sums[r][v] = b;
    }
    for (size_t k = 0; k < depth; k++) {
        vf w[VECTORS];
        for (int v = 0; v < VECTORS; v++) w[v] = load(panel + k * PANEL + (size_t)v * LANES);
        for (int r = 0; r < rows; r++) {
            vf a = splat(x[(size_t)r * depth + k]);
            for (int v = 0; v < VECTORS; v++) sums[r][v] = FMA(a, w[v], sums[r][v]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < VECTORS; v++) {
            size_t at = (size_t)v * LANES;
            if (at >= columns) break;
            vf sum = activate(sums[r][v], activation);
            if (residual) {
                vf old = {};
                memcpy(&old, residual + (size_t)r * width + at,
                       (columns - at < LANES ? columns - at : LANES) * sizeof(float));
                sum += old;
            }
            store_part(y + (size_t)r * width + at, sum, columns - at);
        }
}

#define CK_REST(count)                                                                                     \
    case count:                                                                                            \
        tile(x + r * depth, depth, panel, bias + n, columns, residual ? residual + r * width + n : NULL,   \
             y + r * width + n, width, activation, count < ROWS ? count : 1);                              \
        break;

INLINE void pointwise(const float *x, size_t rows, size_t depth, const float *panels, size_t first,
                      size_t last, const float *bias, size_t width, const float *residual, float *y,
                      enum ck_activation activation) {
    for (size_t p = first; p < last; p++) {
        const float *panel = panels + p * depth * PANEL;
        size_t n = p * PANEL, columns = width - n < PANEL ? width - n : PANEL;
        size_t r = 0;
        for (; r + ROWS <= rows; r += ROWS)
            tile(x + r * depth, depth, panel, bias + n, columns, residual ? residual + r * width + n : NULL,
                 y + r * width + n, width, activation, ROWS);
        // What is left over: again a constant number of rows, for the registers.
        switch (rows - r) {
            CK_REST(1) CK_REST(2) CK_REST(3) CK_REST(4) CK_REST(5)
#if ROWS > 6
            CK_REST(6) CK_REST(7)
#endif
#if ROWS > 8
            CK_REST(8) CK_REST(9) CK_REST(10) CK_REST(11) CK_REST(12) CK_REST(13)
#endif
        }
    }
}

// The activation is a constant in each branch, so that the inner loops hold no choice.
#define FOR_ACTIVATION(activation, call)                                                                   \
    switch (activation) {                                                                                  \
    case ck_none: { enum { A = ck_none }; call; break; }                                                   \
    case ck_swish: { enum { A = ck_swish }; call; break; }                                                 \
    case ck_relu6: { enum { A = ck_relu6 }; call; break; }                                                 \
    case ck_relu: { enum { A = ck_relu }; call; break; }                                                   \
    case ck_sigmoid: { enum { A = ck_sigmoid }; call; break; }                                             \
    }

static void pointwise_f32(const float *x, size_t rows, size_t depth, const float *panels, size_t first,
                          size_t last, const float *bias, size_t width, const float *residual, float *y,
                          enum ck_activation activation) {
    FOR_ACTIVATION(activation, pointwise(x, rows, depth, panels, first, last, bias, width, residual, y,
                                         (enum ck_activation)A))
}

// `columns` (constant) neighbouring outputs, all taps inside the map in x; rows clipped to ky0..<ky1.
INLINE void depthwise_inside(const struct ck_depthwise *d, const float *x, float *y, size_t ky0, size_t ky1,
                             size_t kernel, size_t stride, int columns, enum ck_activation activation) {
    size_t channels = d->channels;
    for (size_t c = 0; c < channels; c += LANES) {
        vf sums[4];
        vf b = load(d->bias + c);
        for (int o = 0; o < columns; o++) sums[o] = b;
        for (size_t ky = ky0; ky < ky1; ky++) {
            const float *line = x + (ky - ky0) * d->width * channels + c;
            const float *weights = d->weights + ky * kernel * channels + c;
            for (size_t kx = 0; kx < kernel; kx++) {
                vf w = load(weights + kx * channels);
                for (int o = 0; o < columns; o++)
                    sums[o] = FMA(load(line + ((size_t)o * stride + kx) * channels), w, sums[o]);
            }
        }
        for (int o = 0; o < columns; o++)
            store_part(y + (size_t)o * channels + c, activate(sums[o], activation), channels - c);
    }
}

// One output at the left or right border: columns clipped, too.
INLINE void depthwise_border(const struct ck_depthwise *d, const float *x, float *y, size_t ky0, size_t ky1,
                             size_t kx0, size_t kx1, enum ck_activation activation) {
    size_t channels = d->channels;
    for (size_t c = 0; c < channels; c += LANES) {
        vf sum = load(d->bias + c);
        for (size_t ky = ky0; ky < ky1; ky++)
            for (size_t kx = kx0; kx < kx1; kx++)
                sum = FMA(load(x + ((ky - ky0) * d->width + (kx - kx0)) * channels + c),
                          load(d->weights + (ky * d->kernel + kx) * channels + c), sum);
        store_part(y + c, activate(sum, activation), channels - c);
    }
}

// Taps of output `o` inside a line of `size`: first and past the last.
INLINE void clip(size_t o, size_t stride, size_t before, size_t kernel, size_t size, size_t *k0, size_t *k1) {
    size_t start = o * stride;
    *k0 = start < before ? before - start : 0;
    size_t room = size + before - start; // start never lies past the padded end
    *k1 = kernel < room ? kernel : room;
}

INLINE void depthwise_row(const struct ck_depthwise *d, const float *x, size_t row, float *y, size_t kernel,
                          size_t stride, enum ck_activation activation) {
    size_t channels = d->channels, ky0, ky1;
    clip(row, stride, d->pad_top, kernel, d->height, &ky0, &ky1);
    const float *lines = x + (row * stride + ky0 - d->pad_top) * d->width * channels;
    float *out = y + row * d->out_width * channels;
    size_t o = 0;
    while (o < d->out_width) {
        size_t kx0, kx1;
        clip(o, stride, d->pad_left, kernel, d->width, &kx0, &kx1);
        const float *at = lines + (o * stride + kx0 - d->pad_left) * channels;
        size_t last = (o + 3) * stride + kernel - d->pad_left; // past the last tap of four outputs
        if (kx0 == 0 && o + 4 <= d->out_width && last <= d->width) {
            depthwise_inside(d, at, out + o * channels, ky0, ky1, kernel, stride, 4, activation);
            o += 4;
        } else if (kx0 == 0 && kx1 == kernel) {
            depthwise_inside(d, at, out + o * channels, ky0, ky1, kernel, stride, 1, activation);
            o += 1;
        } else {
            depthwise_border(d, at, out + o * channels, ky0, ky1, kx0, kx1, activation);
            o += 1;
        }
    }
}

static void depthwise_f32(const struct ck_depthwise *d, const float *x, size_t row, float *y) {
    // Kernel and stride are constants for the sizes that occur.
    if (d->kernel == 3 && d->stride == 1) {
        FOR_ACTIVATION(d->activation, depthwise_row(d, x, row, y, 3, 1, (enum ck_activation)A))
    } else if (d->kernel == 3 && d->stride == 2) {
        FOR_ACTIVATION(d->activation, depthwise_row(d, x, row, y, 3, 2, (enum ck_activation)A))
    } else if (d->kernel == 5 && d->stride == 1) {
        FOR_ACTIVATION(d->activation, depthwise_row(d, x, row, y, 5, 1, (enum ck_activation)A))
    } else if (d->kernel == 5 && d->stride == 2) {
        FOR_ACTIVATION(d->activation, depthwise_row(d, x, row, y, 5, 2, (enum ck_activation)A))
    } else {
        depthwise_row(d, x, row, y, d->kernel, d->stride, d->activation);
    }
}

INLINE void fuse(const float *const *x, const float *w, size_t inputs, size_t count, float *y,
                 enum ck_activation activation) {
    for (size_t i = 0; i < count; i += LANES) {
        vf sum = load(x[0] + i) * splat(w[0]);
        for (size_t j = 1; j < inputs; j++) sum = FMA(load(x[j] + i), splat(w[j]), sum);
        store_part(y + i, activate(sum, activation), count - i);
    }
}

static void fuse_f32(const float *const *x, const float *w, size_t inputs, size_t count, float *y,
                     enum ck_activation activation) {
    FOR_ACTIVATION(activation, fuse(x, w, inputs, count, y, (enum ck_activation)A))
}

static void sum_f32(const float *x, size_t pixels, size_t channels, float *sums) {
    for (size_t c = 0; c < channels; c += LANES) {
        vf even = {}, odd = {};
        size_t p = 0;
        for (; p + 2 <= pixels; p += 2) {
            even += load(x + p * channels + c);
            odd += load(x + (p + 1) * channels + c);
        }
        if (p < pixels) even += load(x + p * channels + c);
        store_part(sums + c, even + odd, channels - c);
    }
}

static void scale_f32(const float *x, const float *scale, size_t rows, size_t columns, float *y) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < columns; n += LANES)
            store_part(y + r * columns + n, load(x + r * columns + n) * splat(scale[r]), columns - n);
}

static void maxpool_f32(const float *x, size_t height, size_t width, size_t channels, size_t kernel_y,
                        size_t kernel_x, size_t stride_y, size_t stride_x, size_t out_height,
                        size_t out_width, size_t row, float *y) {
    size_t total_y = (out_height - 1) * stride_y + kernel_y, total_x = (out_width - 1) * stride_x + kernel_x;
    size_t top = total_y > height ? (total_y - height) / 2 : 0;
    size_t left = total_x > width ? (total_x - width) / 2 : 0;
    size_t ky0, ky1, kx0, kx1;
    clip(row, stride_y, top, kernel_y, height, &ky0, &ky1);
    for (size_t ox = 0; ox < out_width; ox++) {
        clip(ox, stride_x, left, kernel_x, width, &kx0, &kx1);
        const float *at = x + ((row * stride_y + ky0 - top) * width + ox * stride_x + kx0 - left) * channels;
        float *out = y + (row * out_width + ox) * channels;
        for (size_t c = 0; c < channels; c += LANES) {
            vf best = splat(-INFINITY);
            for (size_t ky = ky0; ky < ky1; ky++)
                for (size_t kx = kx0; kx < kx1; kx++)
                    best = __builtin_elementwise_max(
                        best, load(at + ((ky - ky0) * width + (kx - kx0)) * channels + c));
            store_part(out + c, best, channels - c);
        }
    }
}

#include "letterbox_vector.h"

#define CK_JOIN_(a, b) a##b
#define CK_JOIN(a, b) CK_JOIN_(a, b)
#define CK_TEXT_(a) #a
#define CK_TEXT(a) CK_TEXT_(a)
const struct ck_kernels CK_JOIN(ck_kernels_, SET) = {
    .name = CK_TEXT(SET),
    .panel_width = PANEL,
#define CK_ENTRY(name, parameters) .name = name,
    CK_ROWS(CK_ENTRY)
};
