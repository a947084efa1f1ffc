// One block of channels of a row (part of byte_depthwise.h, once for each width of a block). The sums of QUARTERS
// of its four vectors are made at a time, so that those of several outputs stay in registers.

enum { BLOCK_OF(group_bytes) = 4 * BLOCK };

// Bytes of a group of pixels to words of one, two quarters: channels 0 to 3 of every 16 in the first quarter, and
// so on.
INLINE void BLOCK_OF(weave_half)(const BV pixels[TAP_GROUP], int is_high, BV quarters[2]) {
    BV first = is_high ? BI(unpackhi_epi8)(pixels[0], pixels[1]) : BI(unpacklo_epi8)(pixels[0], pixels[1]);
#if TAP_GROUP == 4
    BV second = is_high ? BI(unpackhi_epi8)(pixels[2], pixels[3]) : BI(unpacklo_epi8)(pixels[2], pixels[3]);
    quarters[0] = BI(unpacklo_epi16)(first, second);
    quarters[1] = BI(unpackhi_epi16)(first, second);
#else
    quarters[0] = BI(unpacklo_epi8)(first, (BV){});
    quarters[1] = BI(unpackhi_epi8)(first, (BV){});
#endif
}

// The quarters from `from` on; `count` (constant) of the pixels count.
INLINE void BLOCK_OF(weave)(const uint8_t *const pixels[TAP_GROUP], int count, int from, BV quarters[]) {
    BV loaded[TAP_GROUP];
    UNROLL for (int i = 0; i < TAP_GROUP; i++) loaded[i] = i < count ? LOAD_BLOCK(pixels[i]) : loaded[i - 1];
    UNROLL for (int q = 0; q < QUARTERS; q += 2) BLOCK_OF(weave_half)(loaded, from + q > 1, quarters + q);
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
INLINE void BLOCK_OF(finish_block)(const struct ck_depthwise *d, const prepared_table *table, BV sums[], int columns,
                                   size_t c, uint8_t *y, BV totals[4]) {
    BV stored[4] = {};
    UNROLL for (int o = 0; o < columns; o++) {
        BV whole[4];
        UNROLL for (int q = 0; q < 4; q++) {
            const size_t first = c + (size_t)q * BLOCK / 4;
            BF m = BI(loadu_ps)(d->bytes.multipliers + first), b = BI(loadu_ps)(d->bias + first);
            whole[q] = BI(cvtps_epi32)((BF)FMA(BI(cvtepi32_ps)(sums[o * 4 + q]), m, b));
        }
        BV bytes = BI(packus_epi16)(BI(packs_epi32)(whole[0], whole[1]), BI(packs_epi32)(whole[2], whole[3]));
        if (d->bytes.table) bytes = LOOK_UP_BLOCK(bytes, table);
        STORE_BLOCK(y + (size_t)o * d->channels, bytes, d->channels - c);
        stored[o] = bytes;
    }
    if (!totals) return;
    UNROLL for (int o = 0; o < columns; o += TAP_GROUP)
        UNROLL for (int q = 0; q < 4; q += 2) {
            BV quarters[2];
            BLOCK_OF(weave_half)(stored + o, q > 1, quarters);
            UNROLL for (int i = 0; i < 2; i++) totals[q + i] = (BV)ADD_GROUPS(totals[q + i], quarters[i], GROUP_OF_ONES);
        }
}

// The products of one group of taps with woven bytes.
INLINE void BLOCK_OF(add_group)(BV sums[], const BV quarters[], const int8_t *taps) {
    UNROLL for (int q = 0; q < QUARTERS; q++)
        sums[q] = (BV)ADD_GROUPS(sums[q], quarters[q], LOAD_BLOCK(taps + q * BLOCK));
}

// Quarters from `from` on of `columns` neighbouring outputs from `o` on; kernel, stride, columns and whether all of
// their pixels are inside of the map constant.
INLINE void BLOCK_OF(outputs)(const struct ck_depthwise *d, const struct byte_lines *lines, size_t o, size_t c,
                              const int8_t *taps, int kernel, int stride, int columns, int is_inside, int from,
                              BV sums[]) {
    // Else the compiler keeps (and puts away) what it has loaded for other quarters.
    if (QUARTERS < 4) __asm__ volatile("" : : : "memory");
    const size_t first = o * (size_t)stride - d->pad_left; // may wrap below zero
    const int pixels = (columns - 1) * stride + kernel, rows = (int)grouped_rows((size_t)kernel, TAP_GROUP);
    sums += from;
    taps += from * BLOCK;
    UNROLL for (int i = 0; i < columns; i++) UNROLL for (int q = 0; q < QUARTERS; q++) sums[i * 4 + q] = (BV){};
    UNROLL for (int ky = 0; ky < rows; ky += TAP_GROUP, taps += kernel * BLOCK_OF(group_bytes))
        UNROLL for (int j = 0; j < pixels; j++) {
            const uint8_t *at[TAP_GROUP];
            UNROLL for (int i = 0; i < TAP_GROUP; i++) 
                at[i] = byte_pixel(d, lines->at[ky + i], first + (size_t)j, c, is_inside);
            BV quarters[QUARTERS];
            BLOCK_OF(weave)(at, rows - ky, from, quarters);
            UNROLL for (int i = 0; i < columns; i++) {
                int kx = j - i * stride;
                if (kx >= 0 && kx < kernel)
                    BLOCK_OF(add_group)(sums + i * 4, quarters, taps + kx * BLOCK_OF(group_bytes));
            }
        }
    if (rows == kernel) return;
    const int groups = (int)pixel_groups((size_t)kernel, TAP_GROUP);
    UNROLL for (int j = 0; j < pixels; j += TAP_GROUP) {
        const uint8_t *at[TAP_GROUP];
        UNROLL for (int i = 0; i < TAP_GROUP; i++)
            at[i] = j + i < pixels ? byte_pixel(d, lines->at[rows], first + (size_t)(j + i), c, is_inside) : at[0];
        BV quarters[QUARTERS];
        BLOCK_OF(weave)(at, pixels - j, from, quarters);
        UNROLL for (int i = 0; i < columns; i++) {
            int begin = i * stride % TAP_GROUP, group = j / TAP_GROUP - i * stride / TAP_GROUP;
            if (group >= 0 && group * TAP_GROUP < begin + kernel)
                BLOCK_OF(add_group)(sums + i * 4, quarters, taps + (begin * groups + group) * BLOCK_OF(group_bytes));
        }
    }
}

// Quarters from `from` on of one output, whatever the kernel.
INLINE void BLOCK_OF(output)(const struct ck_depthwise *d, const struct byte_lines *lines, size_t o, size_t c,
                             const int8_t *taps, int from, BV sums[4]) {
    // `first` may wrap below zero.
    const size_t first = o * d->stride - d->pad_left, rows = grouped_rows(d->kernel, TAP_GROUP);
    BV quarters[QUARTERS];
    sums += from;
    taps += from * BLOCK;
    UNROLL for (int q = 0; q < QUARTERS; q++) sums[q] = (BV){};
    for (size_t ky = 0; ky < rows; ky += TAP_GROUP)
        for (size_t kx = 0; kx < d->kernel; kx++, taps += BLOCK_OF(group_bytes)) {
            const uint8_t *at[TAP_GROUP];
            UNROLL for (size_t i = 0; i < TAP_GROUP; i++) at[i] = byte_pixel(d, lines->at[ky + i], first + kx, c, 0);
            BLOCK_OF(weave)(at, TAP_GROUP, from, quarters);
            BLOCK_OF(add_group)(sums, quarters, taps);
        }
    for (size_t kx = 0; rows < d->kernel && kx < d->kernel; kx += TAP_GROUP, taps += BLOCK_OF(group_bytes)) {
        const uint8_t *at[TAP_GROUP];
        // Taps past the kernel are zero; any pixel will do.
        UNROLL for (size_t i = 0; i < TAP_GROUP; i++) at[i] = byte_pixel(d, lines->at[rows], first + kx + i, c, 0);
        BLOCK_OF(weave)(at, TAP_GROUP, from, quarters);
        BLOCK_OF(add_group)(sums, quarters, taps);
    }
}

INLINE void BLOCK_OF(byte_block)(const struct ck_depthwise *d, const struct byte_lines *lines, size_t c,
                                 const int8_t *taps, uint8_t *y, float *totals, size_t kernel, size_t stride) {
    BV sums[16], of_row[4] = {};
    BV *const row = totals ? of_row : NULL;
    const int is_known = __builtin_constant_p(kernel);
    size_t o = 0;
    for (; is_known && o + 4 <= d->out_width; o += 4) {
        const size_t first = o * stride - d->pad_left; // may wrap below zero
        const int is_inside = first < d->width && first + 3 * stride + kernel <= d->width;
        UNROLL for (int q = 0; q < 4; q += QUARTERS)
            if (is_inside) BLOCK_OF(outputs)(d, lines, o, c, taps, (int)kernel, (int)stride, 4, 1, q, sums);
            else BLOCK_OF(outputs)(d, lines, o, c, taps, (int)kernel, (int)stride, 4, 0, q, sums);
        BLOCK_OF(finish_block)(d, &lines->table, sums, 4, c, y + o * d->channels + c, row);
    }
    for (; o < d->out_width; o++) {
        UNROLL for (int q = 0; q < 4; q += QUARTERS)
            if (is_known) BLOCK_OF(outputs)(d, lines, o, c, taps, (int)kernel, (int)stride, 1, 0, q, sums);
            else BLOCK_OF(output)(d, lines, o, c, taps, q, sums);
        BLOCK_OF(finish_block)(d, &lines->table, sums, 1, c, y + o * d->channels + c, row);
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
#undef QUARTERS
