// The order of a depthwise convolution's numbers for sets that multiply groups of taps. Channels stand in
// blocks of four vectors of sums; of blocks of 64 the last has 32 where those hold what is left. A vector holds
// a quarter of a block's channels with a group of taps each (of rows or of neighbouring pixels); which quarter
// a channel is in follows from how lines of bytes are woven together, four channels of every 16 to a quarter.
#include "byte_taps.h"
#include "CKernels.h"
#include <string.h>

struct place {
    size_t block, width, quarter, slot;
};

// Channels of a block, the first of which is `first`.
static size_t block_width(const struct ck_kernels *set, size_t first, size_t channels) {
    return set->tap_block == 64 && channels - first <= 32 ? 32 : set->tap_block;
}

static struct place place_of(const struct ck_kernels *set, size_t channel, size_t channels) {
    size_t block = channel / set->tap_block, within = channel % set->tap_block;
    size_t width = block_width(set, block * set->tap_block, channels);
    return (struct place){block, width, within % 16 / 4, within / 16 * 4 + within % 4};
}

size_t ck_packed_channels(const struct ck_kernels *set, size_t channels) {
    if (!set->tap_group) return channels;
    size_t first = channels - channels % set->tap_block;
    return first == channels ? channels : first + block_width(set, first, channels);
}

size_t ck_packed_taps(const struct ck_kernels *set, size_t kernel, size_t channels) {
    if (!set->tap_group) return kernel * kernel * channels;
    return ck_packed_channels(set, channels) * 4 * tap_groups(kernel, set->tap_group);
}

// Tap `i` of a group, of which all are four bytes long.
static void put_tap(const struct ck_kernels *set, int8_t *group, size_t i, int8_t tap) {
    const int16_t wide = tap;
    if (set->tap_group == 4) group[i] = tap;
    else memcpy(group + 2 * i, &wide, sizeof wide);
}

void ck_pack_taps(const struct ck_kernels *set, const int8_t *taps, size_t kernel, size_t channels, int8_t *y) {
    const size_t group = set->tap_group;
    if (!group) {
        memcpy(y, taps, kernel * kernel * channels);
        return;
    }
    memset(y, 0, ck_packed_taps(set, kernel, channels));
    const size_t rows = grouped_rows(kernel, group), groups = pixel_groups(kernel, group);
    for (size_t c = 0; c < channels; c++) {
        struct place at = place_of(set, c, channels);
        int8_t *block = y + at.block * set->tap_block * 4 * tap_groups(kernel, group) + at.quarter * at.width + at.slot * 4;
        for (size_t ky = 0; ky < rows; ky++)
            for (size_t kx = 0; kx < kernel; kx++)
                put_tap(set, block + (ky / group * kernel + kx) * 4 * at.width, ky % group,
                        taps[(ky * kernel + kx) * channels + c]);
        if (rows == kernel) continue;
        block += row_groups(kernel, group) * kernel * 4 * at.width;
        for (size_t begin = 0; begin < group; begin++)
            for (size_t kx = 0; kx < kernel; kx++) {
                size_t pixel = begin + kx;
                put_tap(set, block + (begin * groups + pixel / group) * 4 * at.width, pixel % group,
                        taps[(rows * kernel + kx) * channels + c]);
            }
    }
}

void ck_pack_channels(const struct ck_kernels *set, const float *x, size_t channels, float *y) {
    if (!set->tap_group) {
        memcpy(y, x, channels * sizeof *x);
        return;
    }
    memset(y, 0, ck_packed_channels(set, channels) * sizeof *y);
    for (size_t c = 0; c < channels; c++) {
        struct place at = place_of(set, c, channels);
        y[at.block * set->tap_block + at.quarter * at.width / 4 + at.slot] = x[c];
    }
}
