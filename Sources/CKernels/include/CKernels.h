// The numeric kernels of the engine. Maps are channels last, without padding between pixels.
//
// A kernel is one row of CK_ROWS. From the row come the declaration of every set's function, the table
// that is chosen at run time, and the test against the scalar reference. Names: what is computed,
// element type, set: depthwise_f32 of avx2.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum ck_activation { ck_none = 0, ck_swish = 1, ck_relu6 = 2, ck_relu = 3, ck_sigmoid = 4 };

// Vector kernels may read (never write) this many bytes past the end of a map or of weights.
#define CK_SLACK 256

// Maps of bytes stand for numbers by scale * (byte - zero). What a kernel computes of them it rounds to the
// nearest, ties to even, and cuts to 0...255.
struct ck_bytes {
    // [width], padded like the bias: what the sum of a column or a channel is multiplied by.
    const float *multipliers;
    // 256 results by rounded value, in place of the activation; or null.
    const uint8_t *table;
    // What a byte of the residual is multiplied by.
    float residual;
    // Of depthwise convolutions: a line of the input's zero.
    const uint8_t *outside;
};

// A matrix product over pixels: y[r][n] = act(bias[n] + sum_k x[r][k] w[k][n]), plus residual[r][n] where
// there is no activation.
struct ck_product {
    // Of one tap row; a 1x1 has one row of `depth` channels, a 3x3 has three of 3 * channels.
    size_t depth, taps;
    // From one output pixel's x to the next one's, in elements; `depth` for a 1x1.
    size_t step;
    // Columns that are stored, and from one pixel of y (and of the residual) to the next.
    size_t width;
    // [panel][taps * depth][columns of the panel], see ck_panel_columns; [width], padded to a panel.
    const void *panels;
    const float *bias;
    enum ck_activation activation;
    // Whether y holds floats where x holds bfloat16 or bytes.
    int stores_float;
    // Where x holds bytes. The activation applies to what is stored as floats alone.
    struct ck_bytes bytes;
};

// One depthwise convolution; geometry of one map.
struct ck_depthwise {
    size_t height, width, channels;
    // Rows that x holds: row r stands at r % ring; `height` for a whole map.
    size_t ring;
    size_t out_height, out_width;
    size_t kernel, stride, pad_top, pad_left;
    // [kernel * kernel][channels] (of depthwise_bf16: what pack_depthwise_bf16 makes of it), [channels]; floats
    // whatever the map holds
    const float *weights, *bias;
    enum ck_activation activation;
    // Where the map holds bytes: packed by ck_pack_taps; multipliers and bias by ck_pack_channels.
    const int8_t *taps;
    struct ck_bytes bytes;
};

// How gated weights become bytes: the numbers of a product that hold for all its columns.
struct ck_gated {
    // Of the input; the output's scale is 1 where floats are stored, its zero then 0.
    float input_scale, input_zero, output_scale, output_zero;
};

// Sums that the probes of the rate keep in registers, in vectors.
#if defined(__aarch64__)
#define CK_PEAK_SUMS 20
#else
#define CK_PEAK_SUMS 10
#endif

// The values of products above a limit, and where they stand: what a worker finds. It holds the best `most`
// and some more; when it is full it goes back to those and raises its limit.
struct ck_selection {
    float limit;
    size_t most, capacity, count;
    // Not null: whether a column is wanted, by column of the product.
    const uint8_t *wanted;
    // The better ones are smaller, see ck_key.
    uint64_t *keys;
};

// More than a micro-tile can find; a capacity is at least this more than twice `most`.
#define CK_SELECTION_ROOM 1024

// Falls with the value (which is a number; both zeros are one), then rises with the place.
static inline uint64_t ck_key(float value, uint32_t place) {
    union { float value; uint32_t bits; } x = {value + 0.0f};
    uint32_t rank = x.bits >> 31 ? x.bits : ~x.bits & 0x7fffffff;
    return (uint64_t)rank << 32 | place;
}

static inline float ck_key_value(uint64_t key) {
    uint32_t rank = (uint32_t)(key >> 32);
    union { uint32_t bits; float value; } x = {rank >> 31 ? rank : ~rank & 0x7fffffff};
    return x.value;
}

// Keeps the best `most`, in no order, and raises the limit to just below the last of them.
void ck_selection_trim(struct ck_selection *s);

// Rows that the letterbox makes at a time.
#define CK_LETTERBOX_ROWS 16

// Names: what is computed, and the type of the maps' elements. A product over bfloat16 takes pairs of
// channels: its depth is even, its panels are [panel][depth / 2][columns][2]. One over bytes takes four:
// [panel][depth / 4][columns][4], signed bytes.
// clang-format off
#define CK_ROWS(ROW) \
    /* u8 pixels [count][3] to x * scale[c] + shift[c]. */ \
    ROW(normalise_f32, (const uint8_t *x, size_t count, const float *scale, const float *shift, float *y)) \
    ROW(narrow_bf16, (const float *x, size_t count, void *y)) \
    CK_MAP_ROWS(ROW, f32) \
    CK_MAP_ROWS(ROW, bf16) \
    CK_MAP_ROWS(ROW, u8) \
    CK_FLOAT_ROWS(ROW, f32) \
    CK_FLOAT_ROWS(ROW, bf16) \
    /* y[i] = table[w[inputs] + sum_j w[j] x[j][i]], 1 to 3 inputs; the table may be null. */ \
    ROW(fuse_u8, (const uint8_t *const *x, const float *w, size_t inputs, size_t count, uint8_t *y, \
        const uint8_t *table)) \
    /* A panel of weights times the gate of its input channel, in bytes with a scale of each column; the \
       product's multipliers and bias with that. `rows` is a multiple of 4. */ \
    ROW(scale_u8, (const float *x, const float *gate, size_t rows, size_t columns, const float *bias, \
        const struct ck_gated *g, int8_t *y, float *multipliers, float *biases)) \
    /* y[i] = sum_k weights[k] rows[k][i]: source rows to one row of the letterbox. */ \
    ROW(blend_rows_u8, (const uint8_t *const *rows, const float *weights, size_t taps, size_t count, \
        float *y)) \
    /* Of maps [column][CK_LETTERBOX_ROWS], y[o] = sum_k weights[o * most + k] x[(first[o] + k) * step]. */ \
    ROW(blend_columns_f32, (const float *x, const uint32_t *first, const uint32_t *taps, \
        const float *weights, size_t most, size_t step, size_t count, float *y)) \
    /* Of three such maps, the first `rows` rows of RGB: m is [3][a, b, c, 1], rounded, clamped to 0...255. */ \
    ROW(store_rgb_u8, (const float *a, const float *b, const float *c, const float *m, size_t count, \
        size_t rows, uint8_t *y, size_t stride)) \
    /* How fast products can be: `rounds` times y += x * w over CK_PEAK_SUMS vectors of y, one of x and w; \
       bfloat16: the sum of two products, y holds floats; bytes: of four, y holds whole numbers. */ \
    ROW(peak_f32, (size_t rounds, const float *x, const float *w, float *y)) \
    ROW(peak_bf16, (size_t rounds, const void *x, const void *w, float *y)) \
    ROW(peak_u8, (size_t rounds, const void *x, const void *w, int32_t *y))

// The rows of one element type.
#define CK_MAP_ROWS(ROW, type) \
    /* Pixels `rows` of a product, for the panels first..<last; x: `taps` lines; residual may be null. */ \
    ROW(pointwise_##type, (const struct ck_product *p, const void *const *x, size_t rows, size_t first, \
        size_t last, const void *residual, void *y)) \
    /* The same product, of which the values above a limit are selected and nothing is stored; a value's \
       place is `place` + r * width + n. */ \
    ROW(select_##type, (const struct ck_product *p, const void *const *x, size_t rows, uint32_t place, \
        struct ck_selection *s)) \
    /* Output row `row` of a depthwise convolution to y; where sums is not null, adds each channel's \
       results to it. */ \
    ROW(depthwise_##type, (const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums)) \
    /* Output row `row` of max pooling with padding of minus infinity, to y. */ \
    ROW(maxpool_##type, (const void *x, size_t height, size_t width, size_t channels, size_t kernel_y, \
        size_t kernel_x, size_t stride_y, size_t stride_x, size_t out_height, size_t out_width, size_t row, \
        void *y))

// The rows of one type of floats.
#define CK_FLOAT_ROWS(ROW, type) \
    /* y[i] = act(sum_j w[j] x[j][i]), 1 to 3 inputs. */ \
    ROW(fuse_##type, (const void *const *x, const float *w, size_t inputs, size_t count, void *y, \
        enum ck_activation activation)) \
    /* A panel of weights times the gate of its input channel: x holds floats in the panel's order. */ \
    ROW(scale_##type, (const float *x, const float *scale, size_t rows, size_t columns, void *y))
// clang-format on

struct ck_kernels {
    const char *name;
    // Floats of a vector, and vectors of a panel's row.
    size_t lanes, panel_vectors;
    // How depthwise taps of bytes are packed (ck_pack_taps): taps of a channel that a product takes, and channels of
    // a block; 0 where they are not.
    size_t tap_group, tap_block;
    // Taps, [kernel * kernel][channels], in the order that this set's depthwise_bf16 wants, for the geometry
    // d: to packed where that is not null; gives the number of floats that they take.
    size_t (*pack_depthwise_bf16)(const struct ck_depthwise *d, const float *taps, void *packed);
#define CK_FIELD(name, parameters) void(*name) parameters;
    CK_ROWS(CK_FIELD)
#undef CK_FIELD
};

// The sets in this binary, best last; null after the last.
const struct ck_kernels *ck_set(size_t index);
// Whether this processor and system can run it.
int ck_is_supported(const struct ck_kernels *set);

// What one call of a kernel at a size of its benchmark does. Kernels without products have no multiply-adds.
struct ck_trial {
    const char *kernel, *size;
    // The row whose rate bounds this one's; null without multiply-adds.
    const char *peak;
    double multiply_adds;
    // Read and written, each once; 0 where all stays in registers.
    double bytes;
};
// 32 MiB
#define CK_TRIAL_BYTES 33554432
// Calls the kernel of row `row` of CK_ROWS `calls` times at its typical size `size`. `memory` is CK_TRIAL_BYTES
// long and holds small numbers in every type (bytes 0x3f do). Returns 0 past the last size or row.
int ck_try(const struct ck_kernels *set, size_t row, size_t size, size_t calls, void *memory,
           struct ck_trial *told);

// Weights of a product are packed in panels of lanes * panel_vectors columns. The last panel holds what
// is left, in whole vectors; a single vector left over joins the panel before it.
static inline size_t ck_panel_count(size_t lanes, size_t panel_vectors, size_t width) {
    size_t vectors = (width + lanes - 1) / lanes, rest = vectors % panel_vectors;
    return vectors / panel_vectors + (rest > 1 || (rest == 1 && vectors == 1) ? 1 : 0);
}

static inline size_t ck_panel_columns(size_t lanes, size_t panel_vectors, size_t width, size_t panel) {
    size_t vectors = (width + lanes - 1) / lanes;
    int is_last = panel + 1 == ck_panel_count(lanes, panel_vectors, width);
    return lanes * (is_last ? vectors - panel * panel_vectors : panel_vectors);
}

// Bytes of a depthwise convolution's packed taps, and floats of its packed multipliers or bias.
size_t ck_packed_taps(const struct ck_kernels *set, size_t kernel, size_t channels);
size_t ck_packed_channels(const struct ck_kernels *set, size_t channels);
// Taps [kernel * kernel][channels], and numbers by channel, into the order in which depthwise_u8 of the set
// takes them.
void ck_pack_taps(const struct ck_kernels *set, const int8_t *taps, size_t kernel, size_t channels, int8_t *y);
void ck_pack_channels(const struct ck_kernels *set, const float *x, size_t channels, float *y);

// One row to another width by the nearest pixel: source = floor(column * width / out_width).
void ck_nearest_row(const void *x, size_t width, size_t pixel_bytes, size_t out_width, void *y);

// Index of the first value above `limit` in start..<count; count where there is none.
size_t ck_first_above(const float *x, size_t start, size_t count, float limit);

// Processors that this process may run on.
size_t ck_processors(void);

// CK_LETTERBOX_ROWS lines of x, `stride` apart, to y[column][CK_LETTERBOX_ROWS].
void ck_interleave_rows_f32(const float *x, size_t stride, size_t count, float *y);

// Tells the processor that this thread waits in a loop.
static inline void ck_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Sleeps while *word is `value`, until ck_wake; may return without a reason.
void ck_sleep(const uint32_t *word, uint32_t value);
// Wakes all that sleep on `word`.
void ck_wake(const uint32_t *word);
