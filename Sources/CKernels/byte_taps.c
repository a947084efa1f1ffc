// The order of a depthwise convolution's numbers for sets that multiply four bytes at a time. Channels
// stand in blocks of 64, the last of 32 where that holds what is left. A vector holds a quarter of a
// block's channels with four taps each (of four rows or of four neighbouring pixels); which quarter a
// channel is in follows from how four lines of bytes are woven together, four channels of every 16 to a
// quarter.
#include "byte_taps.h"
#include "CKernels.h"
#include <string.h>

struct place {
    size_t block, width, quarter, slot;
};

static struct place place_of(size_t channel, size_t channels) {
    size_t block = channel / 64, within = channel % 64;
    size_t width = channels - block * 64 <= 32 ? 32 : 64;
    return (struct place){block, width, within % 16 / 4, within / 16 * 4 + within % 4};
}

size_t ck_packed_channels(const struct ck_kernels *set, size_t channels) {
    if (!set->packs_taps) return channels;
    size_t rest = channels % 64;
    return channels - rest + (rest == 0 ? 0 : rest <= 32 ? 32 : 64);
}

size_t ck_packed_taps(const struct ck_kernels *set, size_t kernel, size_t channels) {
    if (!set->packs_taps) return kernel * kernel * channels;
    return ck_packed_channels(set, channels) * 4 * tap_quads(kernel);
}

void ck_pack_taps(const struct ck_kernels *set, const int8_t *taps, size_t kernel, size_t channels, int8_t *y) {
    if (!set->packs_taps) {
        memcpy(y, taps, kernel * kernel * channels);
        return;
    }
    memset(y, 0, ck_packed_taps(set, kernel, channels));
    const size_t rows = rows_in_quads(kernel), quads = pixel_quads(kernel);
    for (size_t c = 0; c < channels; c++) {
        struct place at = place_of(c, channels);
        int8_t *block = y + at.block * 64 * 4 * tap_quads(kernel) + at.quarter * at.width + at.slot * 4;
        for (size_t ky = 0; ky < rows; ky++)
            for (size_t kx = 0; kx < kernel; kx++)
                block[(ky / 4 * kernel + kx) * 4 * at.width + ky % 4] = taps[(ky * kernel + kx) * channels + c];
        if (rows == kernel) continue;
        block += row_quads(kernel) * kernel * 4 * at.width;
        for (size_t begin = 0; begin < 4; begin++)
            for (size_t kx = 0; kx < kernel; kx++) {
                size_t pixel = begin + kx;
                block[(begin * quads + pixel / 4) * 4 * at.width + pixel % 4] =
                    taps[(rows * kernel + kx) * channels + c];
            }
    }
}

void ck_pack_channels(const struct ck_kernels *set, const float *x, size_t channels, float *y) {
    if (!set->packs_taps) {
        memcpy(y, x, channels * sizeof *x);
        return;
    }
    memset(y, 0, ck_packed_channels(set, channels) * sizeof *y);
    for (size_t c = 0; c < channels; c++) {
        struct place at = place_of(c, channels);
        y[at.block * 64 + at.quarter * at.width / 4 + at.slot] = x[c];
    }
}
