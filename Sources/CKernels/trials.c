// One benchmark for every row of CK_ROWS: a row without one does not compile. Sizes are those that D0 and Lite0
// ask for; a call does what a step does in one go, on memory that stays in the caches as it does there.
#include "CKernels.h"
#include <string.h>

// Parts of the memory that a trial is given.
enum { part_bytes = CK_TRIAL_BYTES / 8 };
#define PART(i) ((void *)((char *)memory + (size_t)(i) * part_bytes))

// The kernel may have done nothing that somebody reads: say that everything was read.
#define KEEP(y) __asm__ volatile("" : : "r"(y) : "memory")

#define TRIAL(name)                                                                                        \
    static int name##_trial(const struct ck_kernels *set, size_t size, size_t calls, void *memory,         \
                            struct ck_trial *told)
#define REPEAT(call, y)                                                                                    \
    for (size_t n = 0; n < calls; n++) {                                                                   \
        call;                                                                                              \
        KEEP(y);                                                                                           \
    }
#define COUNT(array) (sizeof(array) / sizeof *(array))

// Of maps of bytes: what stands for the activation.
static const uint8_t *byte_table(size_t element, enum ck_activation activation) {
    static const uint8_t table[256];
    return element == 1 && activation == ck_swish ? table : NULL;
}

static int pointwise(const char *peak, void (*run)(const struct ck_product *, const void *const *, size_t, size_t, size_t,
                                 const void *, void *),
                     size_t element, const struct ck_kernels *set, size_t size, size_t calls, void *memory,
                     struct ck_trial *told) {
    static const struct {
        const char *label;
        size_t rows, depth, width;
        enum ck_activation activation;
        int is_last;
    } sizes[] = {
        {"168 px, 64 > 64", 168, 64, 64, ck_none, 0},
        {"168 px, 16 > 96, swish", 168, 16, 96, ck_swish, 0},
        {"168 px, 144 > 24", 168, 144, 24, ck_none, 0},
        {"84 px, 480 > 80", 84, 480, 80, ck_none, 0},
        {"84 px, 192 > 1152, swish", 84, 192, 1152, ck_swish, 0},
        {"168 px, 64 > 810, floats", 168, 64, 810, ck_none, 1},
    };
    if (size >= COUNT(sizes)) return 0;
    size_t rows = sizes[size].rows, depth = sizes[size].depth, width = sizes[size].width;
    struct ck_product product = {.depth = depth, .taps = 1, .step = depth, .width = width, .panels = PART(1),
                                 .bias = PART(2), .activation = sizes[size].activation,
                                 .stores_float = sizes[size].is_last,
                                 .bytes = {.multipliers = PART(4), .table = byte_table(element, sizes[size].activation)}};
    const void *line = PART(0);
    void *y = PART(3);
    size_t panels = ck_panel_count(set->lanes, set->panel_vectors, width);
    REPEAT(run(&product, &line, rows, 0, panels, NULL, y), y)
    size_t stored = sizes[size].is_last ? sizeof(float) : element;
    told->size = sizes[size].label;
    told->peak = peak;
    told->multiply_adds = (double)(rows * depth * width);
    told->bytes = (double)(rows * depth * element + depth * width * element + rows * width * stored);
    return 1;
}

static int select(const char *peak, void (*run)(const struct ck_product *, const void *const *, size_t, uint32_t,
                                                struct ck_selection *),
                  size_t element, size_t size, size_t calls, void *memory, struct ck_trial *told) {
    if (size > 0) return 0;
    enum { rows = 168, depth = 64, width = 810 };
    struct ck_product product = {.depth = depth, .taps = 1, .step = depth, .width = width, .panels = PART(1),
                                 .bias = PART(2), .stores_float = 1, .bytes = {.multipliers = PART(4)}};
    const void *line = PART(0);
    // Nearly nothing is above the limit.
    struct ck_selection *found = PART(5);
    *found = (struct ck_selection){
        .limit = 1e30f, .most = 100, .capacity = 200 + CK_SELECTION_ROOM, .keys = PART(3)};
    REPEAT(run(&product, &line, rows, 0, found), found)
    told->size = "168 px, 64 > 810";
    told->peak = peak;
    told->multiply_adds = (double)rows * depth * width;
    told->bytes = (double)(rows * depth + depth * width) * (double)element;
    return 1;
}

static int depthwise(const char *peak, void (*run)(const struct ck_depthwise *, const void *, size_t, void *, float *),
                     size_t element, size_t size, size_t calls, void *memory, struct ck_trial *told) {
    static const struct {
        const char *label;
        size_t width, channels, kernel, stride;
        enum ck_activation activation;
    } sizes[] = {
        {"row of 64 x 64, 3x3", 64, 64, 3, 1, ck_none},
        {"row of 128 x 144, 3x3, swish", 128, 144, 3, 1, ck_swish},
        {"row of 256 x 96 by 2, 3x3, swish", 256, 96, 3, 2, ck_swish},
        {"row of 64 x 240, 5x5, swish", 64, 240, 5, 1, ck_swish},
        {"row of 64 x 240 by 2, 5x5, relu6", 64, 240, 5, 2, ck_relu6},
    };
    if (size >= COUNT(sizes)) return 0;
    size_t width = sizes[size].width, channels = sizes[size].channels, kernel = sizes[size].kernel;
    size_t stride = sizes[size].stride, out = width / stride;
    // The second row: all taps inside, as nearly everywhere.
    size_t height = 3 * kernel;
    struct ck_depthwise d = {
        .height = height, .width = width, .channels = channels, .ring = kernel, .out_height = height / stride,
        .out_width = out, .kernel = kernel, .stride = stride, .pad_top = kernel / 2, .pad_left = kernel / 2,
        .weights = PART(1), .bias = PART(2), .activation = sizes[size].activation, .taps = PART(1),
        .bytes = {.multipliers = PART(4), .table = byte_table(element, sizes[size].activation), .outside = PART(5)}};
    void *y = PART(3);
    REPEAT(run(&d, PART(0), kernel / 2 + 1, y, NULL), y)
    told->size = sizes[size].label;
    told->peak = peak;
    told->multiply_adds = (double)(out * channels * kernel * kernel);
    size_t weight = element == 1 ? 1 : 4;
    told->bytes = (double)((kernel * width + out) * channels * element + kernel * kernel * channels * weight);
    return 1;
}

static int fuse(void (*run)(const void *const *, const float *, size_t, size_t, void *, enum ck_activation),
                size_t element, size_t size, size_t calls, void *memory, struct ck_trial *told) {
    static const struct {
        const char *label;
        size_t inputs, count;
        enum ck_activation activation;
    } sizes[] = {
        {"2 rows of 64 x 64, swish", 2, 4096, ck_swish},
        {"3 rows of 64 x 64, swish", 3, 4096, ck_swish},
        {"2 rows of 40 x 64, relu6", 2, 2560, ck_relu6},
    };
    if (size >= COUNT(sizes)) return 0;
    const void *rows[3] = {PART(0), PART(1), PART(2)};
    const float weights[3] = {0.5f, 0.25f, 0.25f};
    size_t inputs = sizes[size].inputs, count = sizes[size].count;
    REPEAT(run(rows, weights, inputs, count, PART(3), sizes[size].activation), PART(3))
    told->size = sizes[size].label;
    told->bytes = (double)((inputs + 1) * count * element);
    return 1;
}

static int scale(void (*run)(const float *, const float *, size_t, size_t, void *), size_t element, size_t size,
                 size_t calls, void *memory, struct ck_trial *told) {
    if (size > 0) return 0;
    REPEAT(run(PART(0), PART(1), 240, 48, PART(2)), PART(2))
    told->size = "panel of 240 x 48";
    told->bytes = (double)(240 * 48 * (sizeof(float) + element));
    return 1;
}

static int maxpool(void (*run)(const void *, size_t, size_t, size_t, size_t, size_t, size_t, size_t, size_t,
                               size_t, size_t, void *),
                   size_t element, size_t size, size_t calls, void *memory, struct ck_trial *told) {
    if (size > 0) return 0;
    REPEAT(run(PART(0), 64, 64, 64, 3, 3, 2, 2, 32, 32, 1, PART(1)), PART(1))
    told->size = "row of 64 x 64 by 2, 3x3";
    told->bytes = (double)((3 * 64 + 32) * 64 * element);
    return 1;
}

// The rows of one element type. Taps and sums of a depthwise convolution are floats unless the map holds bytes.
#define MAP_TRIALS(type, element, taps)                                                                    \
    TRIAL(pointwise_##type) {                                                                              \
        return pointwise("peak_" #type, set->pointwise_##type, element, set, size, calls, memory, told);                  \
    }                                                                                                      \
    TRIAL(select_##type) {                                                                                 \
        return select("peak_" #type, set->select_##type, element, size, calls, memory, told);              \
    }                                                                                                      \
    TRIAL(depthwise_##type) {                                                                              \
        return depthwise("peak_" #taps, set->depthwise_##type, element, size, calls, memory, told);        \
    }                                                                                                      \
    TRIAL(maxpool_##type) { return maxpool(set->maxpool_##type, element, size, calls, memory, told); }
#define FLOAT_TRIALS(type, element)                                                                        \
    TRIAL(fuse_##type) { return fuse(set->fuse_##type, element, size, calls, memory, told); }              \
    TRIAL(scale_##type) { return scale(set->scale_##type, element, size, calls, memory, told); }
MAP_TRIALS(f32, 4, f32)
MAP_TRIALS(bf16, 2, f32)
MAP_TRIALS(u8, 1, u8)
FLOAT_TRIALS(f32, 4)
FLOAT_TRIALS(bf16, 2)

TRIAL(fuse_u8) {
    if (size > 0) return 0;
    const uint8_t *rows[2] = {PART(0), PART(1)};
    REPEAT(set->fuse_u8(rows, PART(2), 2, 4096, PART(3), byte_table(1, ck_swish)), PART(3))
    told->size = "2 rows of 64 x 64, swish";
    told->bytes = 3 * 4096;
    return 1;
}

TRIAL(scale_u8) {
    if (size > 0) return 0;
    const struct ck_gated gated = {.input_scale = 1, .output_scale = 1};
    size_t columns = ck_panel_columns(set->lanes, set->panel_vectors, 1000, 0);
    REPEAT(set->scale_u8(PART(0), PART(1), 240, columns, PART(2), &gated, PART(3), PART(4), PART(5)), PART(3))
    told->size = "panel of 240";
    told->bytes = (double)(240 * columns * (2 * sizeof(float) + 1));
    return 1;
}

TRIAL(normalise_f32) {
    if (size > 0) return 0;
    const float factors[3] = {0.5f, 0.5f, 0.5f};
    REPEAT(set->normalise_f32(PART(0), 512, factors, factors, PART(1)), PART(1))
    told->size = "row of 512 pixels";
    told->bytes = 512 * 3 * 5;
    return 1;
}

TRIAL(narrow_bf16) {
    if (size > 0) return 0;
    REPEAT(set->narrow_bf16(PART(0), 8192, PART(1)), PART(1))
    told->size = "8192 floats";
    told->bytes = 8192 * 6;
    return 1;
}

TRIAL(blend_rows_u8) {
    if (size > 0) return 0;
    enum { taps = 4, count = 1920 };
    const uint8_t *rows[taps];
    for (size_t k = 0; k < taps; k++) rows[k] = (const uint8_t *)PART(0) + k * 2048;
    REPEAT(set->blend_rows_u8(rows, PART(1), taps, count, PART(2)), PART(2))
    told->size = "4 rows of 1920 bytes";
    told->bytes = taps * count + count * 4;
    told->multiply_adds = taps * count;
    told->peak = "peak_f32";
    return 1;
}

TRIAL(blend_columns_f32) {
    if (size > 0) return 0;
    // 1920 columns to 320, as a triangle over twice the ratio.
    enum { width = 1920, count = 320, most = 12 };
    uint32_t first[count], taps[count];
    for (uint32_t o = 0; o < count; o++) {
        taps[o] = most;
        first[o] = o * width / count;
        if (first[o] + most > width) first[o] = width - most;
    }
    REPEAT(set->blend_columns_f32(PART(0), first, taps, PART(1), most, 1, count, PART(2)), PART(2))
    told->size = "1920 columns to 320, 16 rows";
    told->bytes = (width + count) * CK_LETTERBOX_ROWS * 4;
    told->multiply_adds = count * most * CK_LETTERBOX_ROWS;
    told->peak = "peak_f32";
    return 1;
}

TRIAL(store_rgb_u8) {
    if (size > 0) return 0;
    enum { count = 320 };
    float m[12] = {1, 0, 1.402f, 0, 1, -0.344f, -0.714f, 0, 1, 1.772f, 0, 0};
    REPEAT(set->store_rgb_u8(PART(0), PART(1), PART(2), m, count, CK_LETTERBOX_ROWS, PART(3), 3 * count), PART(3))
    told->size = "16 rows of 320 pixels";
    told->bytes = count * CK_LETTERBOX_ROWS * (3 * 4 + 3);
    return 1;
}

#define PEAK_TRIAL(type, products)                                                                         \
    TRIAL(peak_##type) {                                                                                   \
        enum { rounds = 4096 };                                                                            \
        if (size > 0) return 0;                                                                            \
        REPEAT(set->peak_##type(rounds, PART(0), PART(1), PART(2)), PART(2))                               \
        told->size = "in registers";                                                                       \
        told->peak = "peak_" #type;                                                                        \
        told->multiply_adds = (double)rounds * products * CK_PEAK_SUMS * (double)set->lanes;               \
        return 1;                                                                                          \
    }
PEAK_TRIAL(f32, 1)
PEAK_TRIAL(bf16, 2)
PEAK_TRIAL(u8, 4)

int ck_try(const struct ck_kernels *set, size_t row, size_t size, size_t calls, void *memory,
           struct ck_trial *told) {
    static const struct {
        const char *name;
        int (*run)(const struct ck_kernels *, size_t, size_t, void *, struct ck_trial *);
    } trials[] = {
#define CK_ENTRY(name, parameters) {#name, name##_trial},
        CK_ROWS(CK_ENTRY)
#undef CK_ENTRY
    };
    if (row >= COUNT(trials)) return 0;
    *told = (struct ck_trial){.kernel = trials[row].name};
    return trials[row].run(set, size, calls, memory, told);
}
