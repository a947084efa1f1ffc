// One block of channels of a row (part of vnni_depthwise.h, once for 64 and once for 32 channels).

#ifndef BYTE_LINES
#define BYTE_LINES
typedef float four_floats __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t four_words __attribute__((vector_size(16), aligned(4), may_alias));
struct byte_lines {
    const uint8_t *at[(largest_kernel + 3) / 4 * 4];
};
// Where a line's bytes of column `ix` stand, from channel `c` on; outside of the map the input's zero.
INLINE const uint8_t *byte_pixel(const struct ck_depthwise *d, const uint8_t *line, size_t ix, size_t c) {
    return (ix < d->width ? line + ix * d->channels : d->bytes.outside) + c;
}
#endif

// Bytes of four pixels to words of four: channels 0 to 3 of every 16 in the first quarter, and so on.
INLINE void BLOCK_OF(weave_blocks)(BV a, BV b, BV c, BV d, BV quarters[4]) {
    BV low = BI(unpacklo_epi8)(a, b), high = BI(unpackhi_epi8)(a, b);
    BV low2 = BI(unpacklo_epi8)(c, d), high2 = BI(unpackhi_epi8)(c, d);
    quarters[0] = BI(unpacklo_epi16)(low, low2);
    quarters[1] = BI(unpackhi_epi16)(low, low2);
    quarters[2] = BI(unpacklo_epi16)(high, high2);
    quarters[3] = BI(unpackhi_epi16)(high, high2);
}

// `count` (constant) of the pixels count.
INLINE void BLOCK_OF(weave)(const uint8_t *const pixels[4], int count, BV quarters[4]) {
    BV a = LOAD_BLOCK(pixels[0]), b = count > 1 ? LOAD_BLOCK(pixels[1]) : a;
    BV c = count > 2 ? LOAD_BLOCK(pixels[2]) : a, d = count > 3 ? LOAD_BLOCK(pixels[3]) : c;
    BLOCK_OF(weave_blocks)(a, b, c, d, quarters);
}

// Adds the whole numbers of a block's quarters to the sums of its channels.
INLINE void BLOCK_OF(add_totals)(const BV totals[4], size_t channels, float *sums) {
    int32_t words[BLOCK];
    memcpy(words, totals, sizeof words);
    for (size_t i = 0; i < channels; i += 4) {
        const int32_t *from = words + i % 16 / 4 * (BLOCK / 4) + i / 16 * 4;
        if (i + 4 <= channels)
            *(four_floats *)(sums + i) += __builtin_convertvector(*(const four_words *)from, four_floats);
        else
            for (size_t j = i; j < channels; j++) sums[j] += (float)from[j - i];
    }
}

// Rounds and stores `columns` (constant, 1 or 4) outputs, and adds them to the totals of their channels.
INLINE void BLOCK_OF(finish_block)(const struct ck_depthwise *d, BV sums[], int columns, size_t c, uint8_t *y,
                                   BV totals[4]) {
    BV stored[4] = {};
    UNROLL for (int o = 0; o < columns; o++) {
        BV whole[4];
        UNROLL for (int q = 0; q < 4; q++) {
            const size_t first = c + (size_t)q * BLOCK / 4;
            BF m = BI(loadu_ps)(d->bytes.multipliers + first), b = BI(loadu_ps)(d->bias + first);
            whole[q] = BI(cvtps_epi32)(BI(fmadd_ps)(BI(cvtepi32_ps)(sums[o * 4 + q]), m, b));
        }
        BV bytes = BI(packus_epi16)(BI(packs_epi32)(whole[0], whole[1]), BI(packs_epi32)(whole[2], whole[3]));
        if (d->bytes.table) bytes = LOOK_UP_BLOCK(bytes, d->bytes.table);
        BI(mask_storeu_epi8)
        (y + (size_t)o * d->channels, (typeof(BI(movepi8_mask)(bytes)))first_bytes(d->channels - c), bytes);
        stored[o] = bytes;
    }
    if (!totals) return;
    BV quarters[4];
    BLOCK_OF(weave_blocks)(stored[0], stored[1], stored[2], stored[3], quarters);
    UNROLL for (int q = 0; q < 4; q++) totals[q] = BI(dpbusd_epi32)(totals[q], quarters[q], BI(set1_epi8)(1));
}

// The products of one quad of taps with woven bytes.
INLINE void BLOCK_OF(add_quad)(BV sums[4], const BV quarters[4], const int8_t *taps) {
    UNROLL for (int q = 0; q < 4; q++)
        sums[q] = BI(dpbusd_epi32)(sums[q], quarters[q], LOAD_BLOCK(taps + q * BLOCK));
}

// `columns` neighbouring outputs from `o` on; kernel, stride and columns constant.
INLINE void BLOCK_OF(outputs)(const struct ck_depthwise *d, const struct byte_lines *lines, size_t o, size_t c,
                              const int8_t *taps, int kernel, int stride, int columns, BV sums[]) {
    const size_t from = o * (size_t)stride - d->pad_left; // may wrap below zero
    const int pixels = (columns - 1) * stride + kernel, rows = (int)rows_in_quads((size_t)kernel);
    UNROLL for (int i = 0; i < columns * 4; i++) sums[i] = (BV){};
    UNROLL for (int ky = 0; ky < rows; ky += 4, taps += kernel * 4 * BLOCK)
        UNROLL for (int j = 0; j < pixels; j++) {
            const uint8_t *at[4];
            UNROLL for (int i = 0; i < 4; i++) at[i] = byte_pixel(d, lines->at[ky + i], from + (size_t)j, c);
            BV quarters[4];
            BLOCK_OF(weave)(at, rows - ky, quarters);
            UNROLL for (int i = 0; i < columns; i++) {
                int kx = j - i * stride;
                if (kx >= 0 && kx < kernel) BLOCK_OF(add_quad)(sums + i * 4, quarters, taps + kx * 4 * BLOCK);
            }
        }
    if (rows == kernel) return;
    const int quads = (int)pixel_quads((size_t)kernel);
    UNROLL for (int j = 0; j < pixels; j += 4) {
        const uint8_t *at[4];
        UNROLL for (int i = 0; i < 4; i++)
            at[i] = j + i < pixels ? byte_pixel(d, lines->at[rows], from + (size_t)(j + i), c) : at[0];
        BV quarters[4];
        BLOCK_OF(weave)(at, pixels - j, quarters);
        UNROLL for (int i = 0; i < columns; i++) {
            int begin = i * stride % 4, quad = j / 4 - i * stride / 4;
            if (quad >= 0 && quad * 4 < begin + kernel)
                BLOCK_OF(add_quad)(sums + i * 4, quarters, taps + (begin * quads + quad) * 4 * BLOCK);
        }
    }
}

// One output, whatever the kernel.
INLINE void BLOCK_OF(output)(const struct ck_depthwise *d, const struct byte_lines *lines, size_t o, size_t c,
                             const int8_t *taps, BV sums[4]) {
    const size_t from = o * d->stride - d->pad_left, rows = rows_in_quads(d->kernel); // `from` may wrap below zero
    BV quarters[4];
    UNROLL for (int q = 0; q < 4; q++) sums[q] = (BV){};
    for (size_t ky = 0; ky < rows; ky += 4)
        for (size_t kx = 0; kx < d->kernel; kx++, taps += 4 * BLOCK) {
            const uint8_t *at[4];
            UNROLL for (size_t i = 0; i < 4; i++) at[i] = byte_pixel(d, lines->at[ky + i], from + kx, c);
            BLOCK_OF(weave)(at, 4, quarters);
            BLOCK_OF(add_quad)(sums, quarters, taps);
        }
    for (size_t kx = 0; rows < d->kernel && kx < d->kernel; kx += 4, taps += 4 * BLOCK) {
        const uint8_t *at[4];
        // Taps past the kernel are zero; any pixel will do.
        UNROLL for (size_t i = 0; i < 4; i++) at[i] = byte_pixel(d, lines->at[rows], from + kx + i, c);
        BLOCK_OF(weave)(at, 4, quarters);
        BLOCK_OF(add_quad)(sums, quarters, taps);
    }
}

INLINE void BLOCK_OF(byte_block)(const struct ck_depthwise *d, const struct byte_lines *lines, size_t c,
                                 const int8_t *taps, uint8_t *y, float *totals, size_t kernel, size_t stride) {
    BV sums[16], of_row[4] = {};
    BV *const row = totals ? of_row : NULL;
    const int is_known = __builtin_constant_p(kernel);
    size_t o = 0;
    for (; is_known && o + 4 <= d->out_width; o += 4) {
        BLOCK_OF(outputs)(d, lines, o, c, taps, (int)kernel, (int)stride, 4, sums);
        BLOCK_OF(finish_block)(d, sums, 4, c, y + o * d->channels + c, row);
    }
    for (; o < d->out_width; o++) {
        if (is_known) BLOCK_OF(outputs)(d, lines, o, c, taps, (int)kernel, (int)stride, 1, sums);
        else BLOCK_OF(output)(d, lines, o, c, taps, sums);
        BLOCK_OF(finish_block)(d, sums, 1, c, y + o * d->channels + c, row);
    }
    if (totals) BLOCK_OF(add_totals)(of_row, d->channels - c < BLOCK ? d->channels - c : BLOCK, totals + c);
}

#undef BLOCK
#undef BLOCK_OF
#undef BV
#undef BF
#undef BI
#undef LOAD_BLOCK
#undef LOOK_UP_BLOCK
