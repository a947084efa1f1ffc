// The numeric kernels of the engine. Maps are channels last, f32, without padding between pixels.
//
// A kernel is one row of CK_ROWS. From the row come the declaration of every set's function, the table
// that is chosen at run time, and the test against the scalar reference. Names: what is computed,
// element type, set: ck_depthwise_f32_avx2.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum ck_activation { ck_none = 0, ck_swish = 1, ck_relu6 = 2, ck_relu = 3, ck_sigmoid = 4 };

// Vector kernels may read (never write) this many bytes past the end of a map or of weights.
#define CK_SLACK 256

// One depthwise convolution; geometry of one map.
struct ck_depthwise {
    size_t height, width, channels;
    size_t out_height, out_width;
    size_t kernel, stride, pad_top, pad_left;
    // [kernel * kernel][channels], [channels]
    const float *weights, *bias;
    enum ck_activation activation;
};

// Rows that the letterbox makes at a time.
#define CK_LETTERBOX_ROWS 16

// clang-format off
#define CK_ROWS(ROW) \
    /* y[r][n] = act(bias[n] + sum_k x[r][k] w[k][n]) + residual[r][n] for the panels first..<last of w, */ \
    /* packed [panel][depth][panel_width]; `width` columns are stored; residual may be null. */ \
    ROW(pointwise_f32, (const float *x, size_t rows, size_t depth, const float *panels, size_t first, \
        size_t last, const float *bias, size_t width, const float *residual, float *y, \
        enum ck_activation activation)) \
    /* One output row of a depthwise convolution. */ \
    ROW(depthwise_f32, (const struct ck_depthwise *d, const float *x, size_t row, float *y)) \
    /* y[i] = act(sum_j w[j] x[j][i]), 1 to 3 inputs. */ \
    ROW(fuse_f32, (const float *const *x, const float *w, size_t inputs, size_t count, float *y, \
        enum ck_activation activation)) \
    /* sums[c] = sum over pixels of x[p][c]. */ \
    ROW(sum_f32, (const float *x, size_t pixels, size_t channels, float *sums)) \
    /* y[r][n] = x[r][n] * scale[r]: a panel of weights times the gate of its input channel. */ \
    ROW(scale_f32, (const float *x, const float *scale, size_t rows, size_t columns, float *y)) \
    /* One output row of max pooling with padding of minus infinity. */ \
    ROW(maxpool_f32, (const float *x, size_t height, size_t width, size_t channels, size_t kernel_y, \
        size_t kernel_x, size_t stride_y, size_t stride_x, size_t out_height, size_t out_width, size_t row, \
        float *y)) \
    /* y[i] = sum_k weights[k] rows[k][i]: source rows to one row of the letterbox. */ \
    ROW(blend_rows_u8, (const uint8_t *const *rows, const float *weights, size_t taps, size_t count, \
        float *y)) \
    /* Of maps [column][CK_LETTERBOX_ROWS], y[o] = sum_k weights[o * most + k] x[(first[o] + k) * step]. */ \
    ROW(blend_columns_f32, (const float *x, const uint32_t *first, const uint32_t *taps, \
        const float *weights, size_t most, size_t step, size_t count, float *y)) \
    /* Of three such maps, the first `rows` rows of RGB: m is [3][a, b, c, 1], rounded, clamped to 0...255. */ \
    ROW(store_rgb_u8, (const float *a, const float *b, const float *c, const float *m, size_t count, \
        size_t rows, uint8_t *y, size_t stride))
// clang-format on

struct ck_kernels {
    const char *name;
    // Columns of a panel of pointwise weights.
    size_t panel_width;
#define CK_FIELD(name, parameters) void(*name) parameters;
    CK_ROWS(CK_FIELD)
#undef CK_FIELD
};

// The sets in this binary, best last; null after the last.
const struct ck_kernels *ck_set(size_t index);
// Whether this processor and system can run it.
int ck_is_supported(const struct ck_kernels *set);

// u8 pixels [count][3] to (x * scale[c] + shift[c]), all of them on any set: it is bound by memory.
void ck_normalise_u8(const uint8_t *x, size_t count, const float scale[3], const float shift[3], float *y);

// The patches of output row `row`: out_width times kernel * kernel * channels, zero outside the map.
void ck_patches_f32(const float *x, size_t height, size_t width, size_t channels, size_t kernel,
                    size_t stride, size_t pad_top, size_t pad_left, size_t out_width, size_t row, float *y);

// Index of the first value above `limit` in start..<count; count where there is none.
size_t ck_first_above(const float *x, size_t start, size_t count, float limit);

// Processors that this process may run on.
size_t ck_processors(void);

// CK_LETTERBOX_ROWS lines of x, `stride` apart, to y[column][CK_LETTERBOX_ROWS].
void ck_interleave_rows_f32(const float *x, size_t stride, size_t count, float *y);
