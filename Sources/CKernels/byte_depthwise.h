// Depthwise convolutions of bytes by products of groups of taps (part of vector_bytes.h). Bytes of as many lines
// as a group has taps are woven together, so that one product holds as many rows of taps of a channel; the sums
// come out so that packing them to bytes puts the channels back in order (byte_taps.c).

#include "byte_taps.h"

typedef float four_floats __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t four_words __attribute__((vector_size(16), aligned(4), may_alias));
struct byte_lines {
    const uint8_t *at[largest_kernel + 3];
    prepared_table table;
};
// Where a line's bytes of column `ix` stand, from channel `c` on; outside of the map the input's zero.
INLINE const uint8_t *byte_pixel(const struct ck_depthwise *d, const uint8_t *line, size_t ix, size_t c, int is_inside) {
    return (is_inside || ix < d->width ? line + ix * d->channels : d->bytes.outside) + c;
}

#if LANES == 16
#define BLOCK 64
#define BLOCK_OF(name) name##_64
#define BV __m512i
#define BF __m512
#define BI(name) _mm512_##name
#define LOAD_BLOCK(p) _mm512_loadu_si512(p)
#define LOOK_UP_BLOCK LOOK_UP_BLOCK_64
#define QUARTERS 4
#include "byte_depthwise_block.h"
#endif

#if LANES >= 8
#define BLOCK 32
#define BLOCK_OF(name) name##_32
#define BV __m256i
#define BF __m256
#define BI(name) _mm256_##name
#define LOAD_BLOCK(p) _mm256_loadu_si256((const __m256i *)(p))
#define LOOK_UP_BLOCK LOOK_UP_BLOCK_32
#define QUARTERS (LANES == 16 ? 4 : 2)
#include "byte_depthwise_block.h"
#endif

#if LANES == 4
#define BLOCK 16
#define BLOCK_OF(name) name##_16
#define BV __m128i
#define BF __m128
#define BI(name) _mm_##name
#define LOAD_BLOCK(p) _mm_loadu_si128((const __m128i *)(p))
#define LOOK_UP_BLOCK LOOK_UP_BLOCK_16
#define QUARTERS 2
#include "byte_depthwise_block.h"
#endif

INLINE void byte_row(const struct ck_depthwise *d, const struct byte_lines *lines, uint8_t *y, float *sums,
                     size_t kernel, size_t stride) {
    const size_t channels = d->channels;
    for (size_t c = 0; c < channels; c += TAP_BLOCK) {
        const int8_t *taps = d->taps + c * 4 * tap_groups(kernel, TAP_GROUP);
#if LANES == 16
        if (channels - c > 32) {
            byte_block_64(d, lines, c, taps, y, sums, kernel, stride);
            continue;
        }
#endif
#if LANES == 4
        byte_block_16(d, lines, c, taps, y, sums, kernel, stride);
#else
        byte_block_32(d, lines, c, taps, y, sums, kernel, stride);
#endif
    }
}

static void depthwise_u8(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    struct byte_lines lines;
    if (d->bytes.table) lines.table = PREPARE_TABLE(d->bytes.table);
    for (size_t ky = 0; ky < d->kernel; ky++) {
        size_t iy = row * d->stride + ky - d->pad_top; // wraps below zero
        lines.at[ky] = iy < d->height ? (const uint8_t *)x + iy % d->ring * d->width * d->channels : d->bytes.outside;
    }
    // Taps of rows past the kernel are zero; any line will do.
    for (size_t ky = d->kernel; ky < d->kernel + TAP_GROUP - 1; ky++) lines.at[ky] = lines.at[d->kernel - 1];
    if (d->kernel == 3 && d->stride == 1) byte_row(d, &lines, y, sums, 3, 1);
    else if (d->kernel == 3 && d->stride == 2) byte_row(d, &lines, y, sums, 3, 2);
    else if (d->kernel == 5 && d->stride == 1) byte_row(d, &lines, y, sums, 5, 1);
    else if (d->kernel == 5 && d->stride == 2) byte_row(d, &lines, y, sums, 5, 2);
    else byte_row(d, &lines, y, sums, d->kernel, d->stride);
}
