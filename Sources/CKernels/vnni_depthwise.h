// Depthwise convolutions of bytes by products of four (part of vector_bytes.h, for AVX-512 with VNNI).
// Bytes of four lines are woven together, so that one product holds four rows of taps of a channel; the
// sums come out so that packing them to bytes puts the channels back in order (byte_taps.c).

#include "byte_taps.h"

#define BLOCK 64
#define BLOCK_OF(name) name##_64
#define BV __m512i
#define BF __m512
#define BI(name) _mm512_##name
#define LOAD_BLOCK(p) _mm512_loadu_si512(p)
#define LOOK_UP_BLOCK(v, table) looked_up(v, table)
#include "vnni_depthwise_block.h"

#define BLOCK 32
#define BLOCK_OF(name) name##_32
#define BV __m256i
#define BF __m256
#define BI(name) _mm256_##name
#define LOAD_BLOCK(p) _mm256_loadu_si256((const __m256i *)(p))
#define LOOK_UP_BLOCK(v, table) _mm512_castsi512_si256(looked_up(_mm512_castsi256_si512(v), table))
#include "vnni_depthwise_block.h"

INLINE void byte_row(const struct ck_depthwise *d, const struct byte_lines *lines, uint8_t *y, float *sums,
                     size_t kernel, size_t stride) {
    const size_t channels = d->channels;
    for (size_t c = 0; c < channels; c += 64) {
        const int8_t *taps = d->taps + c * 4 * tap_quads(kernel);
        if (channels - c <= 32) byte_block_32(d, lines, c, taps, y, sums, kernel, stride);
        else byte_block_64(d, lines, c, taps, y, sums, kernel, stride);
    }
}

static void depthwise_u8(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    struct byte_lines lines;
    for (size_t ky = 0; ky < d->kernel; ky++) {
        size_t iy = row * d->stride + ky - d->pad_top; // wraps below zero
        lines.at[ky] = iy < d->height ? (const uint8_t *)x + iy % d->ring * d->width * d->channels : d->bytes.outside;
    }
    // Taps of rows past the kernel are zero; any line will do.
    for (size_t ky = d->kernel; ky < (d->kernel + 3) / 4 * 4; ky++) lines.at[ky] = lines.at[d->kernel - 1];
    if (d->kernel == 3 && d->stride == 1) byte_row(d, &lines, y, sums, 3, 1);
    else if (d->kernel == 3 && d->stride == 2) byte_row(d, &lines, y, sums, 3, 2);
    else if (d->kernel == 5 && d->stride == 1) byte_row(d, &lines, y, sums, 5, 1);
    else if (d->kernel == 5 && d->stride == 2) byte_row(d, &lines, y, sums, 5, 2);
    else byte_row(d, &lines, y, sums, d->kernel, d->stride);
}
