// Compares every kernel of a set, CHECKED, with the scalar reference on odd sizes; a row of CK_ROWS without a check
// does not compile. Built and run by EmulatedSetTests for processors that the tests do not run on.
#include "CKernels.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET_(name) ck_kernels_##name
#define SET(name) SET_(name)
extern const struct ck_kernels ck_kernels_scalar, SET(CHECKED);
static const struct ck_kernels *const sets[2] = {&ck_kernels_scalar, &SET(CHECKED)};

enum { room = 1 << 13 };
static float x[3][room], weights[room], factors[room], result[2][room];
static uint16_t half[3][room];
static uint8_t bytes[room];
static union { float f[room]; uint16_t h[2 * room]; } panels;

static uint64_t state = 20261124;
static uint32_t drawn(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}
static float noise(void) { return (float)drawn() / 1073741824.0f - 1; }
static uint16_t top(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return (uint16_t)(bits >> 16);
}
static float widened(uint16_t value) {
    uint32_t bits = (uint32_t)value << 16;
    float wide;
    memcpy(&wide, &bits, 4);
    return wide;
}
static void fill(void) {
    for (size_t i = 0; i < room; i++) {
        for (size_t j = 0; j < 3; j++) half[j][i] = top(x[j][i] = 8 * noise());
        weights[i] = noise();
        factors[i] = noise();
        bytes[i] = (uint8_t)drawn();
    }
    // What a kernel forgets to write, or writes too far, differs from the reference.
    for (size_t i = 0; i < room; i++) result[0][i] = result[1][i] = 7;
}

// The largest difference, relative to the larger of 1 and the reference.
static float differing(int is_half, size_t count) {
    float worst = 0;
    for (size_t i = 0; i < count; i++) {
        float want = is_half ? widened(((uint16_t *)result[0])[i]) : result[0][i];
        float found = is_half ? widened(((uint16_t *)result[1])[i]) : result[1][i];
        float error = fabsf(found - want) / fmaxf(1, fabsf(want));
        if (!(error <= worst)) worst = isnan(error) ? INFINITY : error;
    }
    // Nothing behind the end.
    size_t end = is_half ? (count + 1) / 2 : count;
    return end < room && memcmp(result[0] + end, result[1] + end, (room - end) * 4) ? INFINITY : worst;
}
static float larger(float a, float b) { return a > b ? a : b; }

static const enum ck_activation activations[] = {ck_none, ck_swish, ck_relu6, ck_relu, ck_sigmoid};

// [panel][depth][columns] of one set; of bfloat16 with pairs of rows beside each other.
static void pack(const struct ck_kernels *set, int is_half, size_t depth, size_t width) {
    memset(&panels, 0, sizeof panels);
    size_t at = 0;
    for (size_t p = 0; p < ck_panel_count(set->lanes, set->panel_vectors, width); p++) {
        size_t columns = ck_panel_columns(set->lanes, set->panel_vectors, width, p);
        for (size_t k = 0; k < depth; k++)
            for (size_t c = 0; c < columns; c++) {
                size_t n = p * set->lanes * set->panel_vectors + c;
                float value = n < width ? weights[k * width + n] : 0;
                if (is_half) panels.h[at + k / 2 * 2 * columns + 2 * c + k % 2] = top(value);
                else panels.f[at + k * columns + c] = value;
            }
        at += depth * columns;
    }
}

#define POINTWISE(type, is_half, input)                                                                    \
    static float check_pointwise_##type(void) {                                                            \
        static const size_t depths[] = {2, 6, 16, 34}, widths[] = {1, 7, 8, 17, 36, 61}, rows[] = {1, 5, 13, 29}; \
        float worst = 0;                                                                                   \
        for (size_t i = 0; i < 4 * 6 * 4; i++) {                                                           \
            size_t depth = depths[i % 4] + !is_half, width = widths[i / 4 % 6], count = rows[i / 24];      \
            fill();                                                                                        \
            enum ck_activation activation = activations[i % 5];                                            \
            for (size_t s = 0; s < 2; s++) {                                                               \
                pack(sets[s], is_half, depth, width);                                                      \
                float bias[128] = {0};                                                                     \
                memcpy(bias, factors, width * 4);                                                          \
                struct ck_product p = {.depth = depth, .taps = 1, .step = depth, .width = width,           \
                                       .panels = &panels, .bias = bias, .activation = activation,          \
                                       .stores_float = 1};                                                 \
                const void *line = input[0];                                                               \
                sets[s]->pointwise_##type(&p, &line, count, 0,                                             \
                    ck_panel_count(sets[s]->lanes, sets[s]->panel_vectors, width),                         \
                    activation == ck_none ? input[1] : NULL, result[s]);                                   \
            }                                                                                              \
            worst = larger(worst, differing(0, count * width));                                            \
        }                                                                                                  \
        return worst;                                                                                      \
    }
POINTWISE(f32, 0, x)
POINTWISE(bf16, 1, half)

#define DEPTHWISE(type, is_half, input)                                                                    \
    static float check_depthwise_##type(void) {                                                            \
        static const size_t kernels[] = {1, 3, 5, 7}, channels[] = {1, 4, 9, 20}, lengths[] = {1, 3, 9, 22}; \
        float worst = 0;                                                                                   \
        for (size_t i = 0; i < 4 * 4 * 4 * 2; i++) {                                                       \
            size_t kernel = kernels[i % 4], count = channels[i / 4 % 4], width = lengths[i / 16 % 4];      \
            size_t stride = 1 + i / 64, out = (width + stride - 1) / stride, height = 5;                   \
            size_t out_height = (height + stride - 1) / stride, total = (out - 1) * stride + kernel;       \
            size_t total_y = (out_height - 1) * stride + kernel;                                           \
            fill();                                                                                        \
            struct ck_depthwise d = {.height = height, .width = width, .channels = count, .ring = height,  \
                .out_height = out_height, .out_width = out, .kernel = kernel, .stride = stride,            \
                .pad_top = total_y > height ? (total_y - height) / 2 : 0,                                  \
                .pad_left = total > width ? (total - width) / 2 : 0, .weights = weights, .bias = factors,  \
                .activation = activations[i % 5]};                                                         \
            float sums[2][32] = {{0}};                                                                     \
            static float packed[room];                                                                     \
            for (size_t s = 0; s < 2; s++) {                                                               \
                if (is_half) {                                                                             \
                    sets[s]->pack_depthwise_bf16(&d, weights, packed);                                     \
                    d.weights = packed;                                                                    \
                }                                                                                          \
                for (size_t row = 0; row < out_height; row++)                                              \
                    sets[s]->depthwise_##type(&d, input[0], row,                                           \
                        (char *)result[s] + row * out * count * (is_half ? 2 : 4), sums[s]);               \
            }                                                                                              \
            worst = larger(worst, differing(is_half, out_height * out * count));                           \
            for (size_t c = 0; c < count; c++)                                                             \
                if (!(fabsf(sums[0][c] - sums[1][c]) <= 1e-4f * fmaxf(1, fabsf(sums[0][c])))) worst = INFINITY; \
        }                                                                                                  \
        return worst;                                                                                      \
    }
DEPTHWISE(f32, 0, x)
DEPTHWISE(bf16, 1, half)

#define MAPS(type, is_half, input)                                                                         \
    static float check_fuse_##type(void) {                                                                 \
        float worst = 0;                                                                                   \
        for (size_t i = 0; i < 60; i++) {                                                                  \
            fill();                                                                                        \
            const void *rows[3] = {input[0], input[1], input[2]};                                          \
            for (size_t s = 0; s < 2; s++)                                                                 \
                sets[s]->fuse_##type(rows, factors, 1 + i % 3, 1 + i * 3, result[s], activations[i % 5]);  \
            worst = larger(worst, differing(is_half, 1 + i * 3));                                          \
        }                                                                                                  \
        return worst;                                                                                      \
    }                                                                                                      \
    static float check_maxpool_##type(void) {                                                              \
        float worst = 0;                                                                                   \
        for (size_t channels = 1; channels < 22; channels += 3) {                                          \
            fill();                                                                                        \
            for (size_t s = 0; s < 2; s++)                                                                 \
                for (size_t row = 0; row < 4; row++)                                                       \
                    sets[s]->maxpool_##type(input[0], 7, 9, channels, 3, 3, 2, 2, 4, 5, row,               \
                        (char *)result[s] + row * 5 * channels * (is_half ? 2 : 4));                       \
            worst = larger(worst, differing(is_half, 4 * 5 * channels));                                   \
        }                                                                                                  \
        return worst;                                                                                      \
    }                                                                                                      \
    static float check_scale_##type(void) {                                                                \
        fill();                                                                                            \
        for (size_t s = 0; s < 2; s++) sets[s]->scale_##type(x[0], factors, 26, 12, result[s]);            \
        return differing(is_half, 26 * 12);                                                                \
    }
MAPS(f32, 0, x)
MAPS(bf16, 1, half)

#include "byte_checks.h"

// Both lists hold the same places with nearly the same values; near the limit one may lack what the other has.
enum { most_found = 4096 };
static uint64_t keys[2][most_found + CK_SELECTION_ROOM];
static float differing_lists(const struct ck_selection *lists, float limit) {
    float worst = 0;
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < lists[s].count; i++) {
            uint64_t key = lists[s].keys[i];
            float value = ck_key_value(key), other = NAN;
            for (size_t j = 0; j < lists[1 - s].count; j++)
                if ((uint32_t)lists[1 - s].keys[j] == (uint32_t)key) other = ck_key_value(lists[1 - s].keys[j]);
            if (isnan(other) ? value > limit + 0.02f : fabsf(value - other) > 0.02f * fmaxf(1, fabsf(value)))
                worst = INFINITY;
        }
    return lists[0].count > 3 ? worst : INFINITY;
}

static const size_t select_widths[] = {7, 17, 36, 61};
#define SELECT(type, is_half, input)                                                                       \
    static float check_select_##type(void) {                                                               \
        float worst = 0;                                                                                   \
        for (size_t i = 0; i < 4; i++) {                                                                   \
            fill();                                                                                        \
            struct ck_selection lists[2];                                                                  \
            float bias[128] = {0};                                                                         \
            for (size_t s = 0; s < 2; s++) {                                                               \
                pack(sets[s], is_half, 16, select_widths[i]);                                              \
                lists[s] = (struct ck_selection){.limit = 0.5f, .most = most_found / 2,                    \
                                                 .capacity = most_found + CK_SELECTION_ROOM, .keys = keys[s]}; \
                struct ck_product p = {.depth = 16, .taps = 1, .step = 16, .width = select_widths[i],      \
                                       .panels = &panels, .bias = bias, .stores_float = 1};                \
                const void *line = input[0];                                                               \
                sets[s]->select_##type(&p, &line, 13, 100, &lists[s]);                                     \
            }                                                                                              \
            worst = larger(worst, differing_lists(lists, 0.5f));                                           \
        }                                                                                                  \
        return worst;                                                                                      \
    }
SELECT(f32, 0, x)
SELECT(bf16, 1, half)

static float check_select_u8(void) {
    static int8_t packed[room];
    float worst = 0;
    for (size_t i = 0; i < 4; i++) {
        size_t width = select_widths[i];
        fill();
        for (size_t n = 0; n < room; n++) factors[n] = 0.001f + 0.0005f * factors[n];
        struct ck_selection lists[2];
        for (size_t s = 0; s < 2; s++) {
            size_t at = 0;
            for (size_t p = 0; p < ck_panel_count(sets[s]->lanes, sets[s]->panel_vectors, width); p++) {
                size_t columns = ck_panel_columns(sets[s]->lanes, sets[s]->panel_vectors, width, p);
                for (size_t k = 0; k < 16; k++)
                    for (size_t c = 0; c < columns; c++) {
                        size_t n = p * sets[s]->lanes * sets[s]->panel_vectors + c;
                        packed[at + (k / 4 * columns + c) * 4 + k % 4] = n < width ? (int8_t)bytes[k * width + n] : 0;
                    }
                at += 16 * columns;
            }
            lists[s] = (struct ck_selection){.limit = 0.5f, .most = most_found / 2,
                                             .capacity = most_found + CK_SELECTION_ROOM, .keys = keys[s]};
            struct ck_product p = {.depth = 16, .taps = 1, .step = 16, .width = width, .panels = packed,
                                   .bias = weights, .stores_float = 1, .bytes = {.multipliers = factors}};
            const void *line = bytes;
            sets[s]->select_u8(&p, &line, 13, 100, &lists[s]);
        }
        worst = larger(worst, differing_lists(lists, 0.5f));
    }
    return worst;
}

static float check_normalise_f32(void) {
    fill();
    for (size_t s = 0; s < 2; s++) sets[s]->normalise_f32(bytes, 45, factors, factors + 3, result[s]);
    return differing(0, 135) / 255;
}

static float check_narrow_bf16(void) {
    fill();
    for (size_t s = 0; s < 2; s++) sets[s]->narrow_bf16(x[0], 77, result[s]);
    return differing(1, 77);
}

static float check_blend_rows_u8(void) {
    fill();
    const uint8_t *rows[5];
    for (size_t k = 0; k < 5; k++) rows[k] = bytes + 101 * k;
    for (size_t s = 0; s < 2; s++) sets[s]->blend_rows_u8(rows, factors, 5, 101, result[s]);
    return differing(0, 101) / 255;
}

static float check_blend_columns_f32(void) {
    fill();
    uint32_t first[13], taps[13];
    for (uint32_t o = 0; o < 13; o++) {
        first[o] = o * 3;
        taps[o] = 1 + o % 5;
    }
    for (size_t s = 0; s < 2; s++) sets[s]->blend_columns_f32(x[0], first, taps, factors, 5, 1, 13, result[s]);
    return differing(0, 13 * CK_LETTERBOX_ROWS);
}

// A whole number: half a step either way is the sums' own rounding.
static float check_store_rgb_u8(void) {
    fill();
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 400; j++) x[i][j] = x[i][j] * 20 + 128;
    for (size_t s = 0; s < 2; s++)
        sets[s]->store_rgb_u8(x[0], x[1], x[2], factors, 21, 11, (uint8_t *)result[s], 64);
    int worst = 0;
    for (size_t i = 0; i < 11 * 64; i++)
        worst = (int)larger(worst, abs(((uint8_t *)result[0])[i] - ((uint8_t *)result[1])[i]));
    return worst > 1 ? INFINITY : 0;
}

#define PEAK(type, input)                                                                                  \
    static float check_peak_##type(void) {                                                                 \
        fill();                                                                                            \
        /* Sets have lanes of their own: the first of each sees the same products. */                      \
        for (size_t s = 0; s < 2; s++) sets[s]->peak_##type(9, input[0], input[1], result[s]);             \
        return fabsf(result[0][0] - result[1][0]) / 7;                                                     \
    }
PEAK(f32, x)
PEAK(bf16, half)

int main(void) {
    static const struct {
        const char *name;
        float (*check)(void);
    } checks[] = {
#define CK_ENTRY(name, parameters) {#name, check_##name},
        CK_ROWS(CK_ENTRY)
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        float worst = checks[i].check();
        // bfloat16 has 8 bits; a product of pairs may round between them.
        float limit = strstr(checks[i].name, "bf16") ? 1.0f / 128 : 3e-5f;
        failed |= !(worst <= limit);
        printf("%s %.3g%s\n", checks[i].name, (double)worst, worst <= limit ? "" : " FAIL");
    }
    return failed;
}
