// One block of channels of a row (part of vnni_depthwise.h, once for 64 and once for 32 channels).

#ifndef BYTE_LINES
#define BYTE_LINES
struct byte_lines {
    const uint8_t *at[(largest_kernel + 3) / 4 * 4];
};
#endif

// Bytes of four lines to words of four: channels 0 to 3 of every 16 in the first quarter, and so on. `rows`
// of them count.
INLINE void BLOCK_OF(weave)(const uint8_t *const *lines, size_t at, int rows, BV quarters[4]) {
    BV a = LOAD_BLOCK(lines[0] + at), b = rows > 1 ? LOAD_BLOCK(lines[1] + at) : a;
    BV c = rows > 2 ? LOAD_BLOCK(lines[2] + at) : a, d = rows > 3 ? LOAD_BLOCK(lines[3] + at) : c;
    BV low = BI(unpacklo_epi8)(a, b), high = BI(unpackhi_epi8)(a, b);
    BV low2 = BI(unpacklo_epi8)(c, d), high2 = BI(unpackhi_epi8)(c, d);
    quarters[0] = BI(unpacklo_epi16)(low, low2);
    quarters[1] = BI(unpackhi_epi16)(low, low2);
    quarters[2] = BI(unpacklo_epi16)(high, high2);
    quarters[3] = BI(unpackhi_epi16)(high, high2);
}

// Adds a block's bytes to the sums of its channels.
INLINE void BLOCK_OF(count)(const uint8_t *bytes, size_t channels, float *sums) {
    for (size_t i = 0; i < channels; i += LANES)
        store_part(sums + i, load_part(sums + i, channels - i) + floats_of(bytes + i), channels - i);
}

INLINE void BLOCK_OF(finish_block)(const struct ck_depthwise *d, BV sums[], int columns, size_t c, uint8_t *y,
                                   float *totals) {
    size_t left = d->channels - c;
    UNROLL for (int o = 0; o < columns; o++) {
        BV whole[4];
        UNROLL for (int q = 0; q < 4; q++) {
            BF m = BI(loadu_ps)(d->bytes.multipliers + c + q * BLOCK / 4), b = BI(loadu_ps)(d->bias + c + q * BLOCK / 4);
            whole[q] = BI(cvtps_epi32)(BI(fmadd_ps)(BI(cvtepi32_ps)(sums[o * 4 + q]), m, b));
        }
        BV bytes = BI(packus_epi16)(BI(packs_epi32)(whole[0], whole[1]), BI(packs_epi32)(whole[2], whole[3]));
        if (d->bytes.table) bytes = LOOK_UP_BLOCK(bytes, d->bytes.table);
        BI(mask_storeu_epi8)(y + (size_t)o * d->channels, (typeof(BI(movepi8_mask)(bytes)))first_bytes(left), bytes);
    }
    if (totals)
        for (int o = 0; o < columns; o++)
            BLOCK_OF(count)(y + (size_t)o * d->channels, left < BLOCK ? left : BLOCK, totals);
}

// `columns` (constant) neighbouring outputs whose taps all lie inside.
INLINE void BLOCK_OF(inside)(const struct ck_depthwise *d, const struct byte_lines *lines, size_t at, const int8_t *taps,
                             size_t kernel, size_t stride, int columns, BV sums[]) {
    UNROLL for (int i = 0; i < columns * 4; i++) sums[i] = (BV){};
    UNROLL for (int quad = 0; quad < (int)(kernel + 3) / 4; quad++)
        UNROLL for (int j = 0; j < (columns - 1) * (int)stride + (int)kernel; j++) {
            BV quarters[4];
            BLOCK_OF(weave)(lines->at + quad * 4, at + (size_t)j * d->channels, (int)kernel - quad * 4, quarters);
            UNROLL for (int o = 0; o < columns; o++) {
                int kx = j - o * (int)stride;
                if (kx < 0 || kx >= (int)kernel) continue;
                UNROLL for (int q = 0; q < 4; q++)
                    sums[o * 4 + q] =
                        BI(dpbusd_epi32)(sums[o * 4 + q], quarters[q],
                                         LOAD_BLOCK(taps + ((quad * (int)kernel + kx) * 4 + q) * BLOCK));
            }
        }
}

// One output, with any clipping of columns.
INLINE void BLOCK_OF(clipped)(const struct ck_depthwise *d, const struct byte_lines *lines, size_t o, size_t c,
                              const int8_t *taps, size_t kernel, size_t stride, BV sums[]) {
    UNROLL for (int q = 0; q < 4; q++) sums[q] = (BV){};
    for (size_t quad = 0; quad < (kernel + 3) / 4; quad++)
        for (size_t kx = 0; kx < kernel; kx++) {
            size_t ix = o * stride + kx - d->pad_left; // wraps below zero
            BV quarters[4];
            if (ix < d->width) {
                BLOCK_OF(weave)(lines->at + quad * 4, ix * d->channels + c, 4, quarters);
            } else {
                UNROLL for (int q = 0; q < 4; q++) quarters[q] = BI(set1_epi8)((char)d->bytes.outside[0]);
            }
            UNROLL for (int q = 0; q < 4; q++)
                sums[q] = BI(dpbusd_epi32)(sums[q], quarters[q], LOAD_BLOCK(taps + ((quad * kernel + kx) * 4 + (size_t)q) * BLOCK));
        }
}

INLINE void BLOCK_OF(byte_block)(const struct ck_depthwise *d, const struct byte_lines *lines, size_t c,
                                 const int8_t *taps, uint8_t *y, float *totals, size_t kernel, size_t stride) {
    // Outputs from `first` to before `end` have all their taps inside.
    size_t first = (d->pad_left + stride - 1) / stride, room = d->width + d->pad_left;
    size_t end = room < kernel ? 0 : (room - kernel) / stride + 1;
    if (end > d->out_width) end = d->out_width;
    const int is_known = __builtin_constant_p(kernel);
    float *sums_of_block = totals ? totals + c : NULL;
    BV sums[16];
    for (size_t o = 0; o < d->out_width;) {
        uint8_t *out = y + o * d->channels + c;
        size_t at = (o * stride - d->pad_left) * d->channels + c;
        if (is_known && o >= first && o + 4 <= end) {
            BLOCK_OF(inside)(d, lines, at, taps, kernel, stride, 4, sums);
            BLOCK_OF(finish_block)(d, sums, 4, c, out, sums_of_block);
            o += 4;
        } else {
            BLOCK_OF(clipped)(d, lines, o, c, taps, kernel, stride, sums);
            BLOCK_OF(finish_block)(d, sums, 1, c, out, sums_of_block);
            o += 1;
        }
    }
}

#undef BLOCK
#undef BLOCK_OF
#undef BV
#undef BF
#undef BI
#undef LOAD_BLOCK
#undef LOOK_UP_BLOCK
