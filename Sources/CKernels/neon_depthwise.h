// Depthwise convolutions of bytes with NEON (part of vector_bytes.h): 16-bit products added to sums of 16 channels
// of up to four outputs.

// Where the pixels of one output row stand; lines outside of the map hold the input's zero.
struct byte_lines {
    const uint8_t *at[largest_kernel];
    prepared_table table;
};

// Sums of channels 0 to 3, 4 to 7, and so on.
typedef struct {
    int32x4_t quarters[4];
} sums16;

INLINE void add_taps(sums16 *sums, uint8x16_t x, int8x16_t taps) {
    const int16x8_t low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(x)));
    const int16x8_t high = vreinterpretq_s16_u16(vmovl_high_u8(x));
    const int16x8_t w = vmovl_s8(vget_low_s8(taps)), v = vmovl_high_s8(taps);
    sums->quarters[0] = vmlal_s16(sums->quarters[0], vget_low_s16(low), vget_low_s16(w));
    sums->quarters[1] = vmlal_high_s16(sums->quarters[1], low, w);
    sums->quarters[2] = vmlal_s16(sums->quarters[2], vget_low_s16(high), vget_low_s16(v));
    sums->quarters[3] = vmlal_high_s16(sums->quarters[3], high, v);
}

// `columns` neighbouring outputs from `o` on; kernel, stride, columns and whether all of their pixels are inside of
// the map constant.
INLINE void byte_outputs(const struct ck_depthwise *d, const struct byte_lines *lines, size_t o, size_t c, int kernel,
                         int stride, int columns, int is_inside, sums16 sums[]) {
    const size_t first = o * (size_t)stride - d->pad_left; // may wrap below zero
    UNROLL for (int i = 0; i < columns; i++) sums[i] = (sums16){};
    const int8_t *taps = d->taps + c;
    for (int ky = 0; ky < kernel; ky++, taps += (size_t)kernel * d->channels)
        UNROLL for (int j = 0; j < (columns - 1) * stride + kernel; j++) {
            const size_t ix = first + (size_t)j;
            const int is_there = is_inside || ix < d->width;
            const uint8x16_t x = vld1q_u8((is_there ? lines->at[ky] + ix * d->channels : d->bytes.outside) + c);
            UNROLL for (int i = 0; i < columns; i++) {
                int kx = j - i * stride;
                if (kx >= 0 && kx < kernel) add_taps(&sums[i], x, vld1q_s8(taps + (size_t)kx * d->channels));
            }
        }
}

// One output, whatever the kernel.
INLINE void byte_output(const struct ck_depthwise *d, const struct byte_lines *lines, size_t o, size_t c, sums16 *sums) {
    *sums = (sums16){};
    for (size_t ky = 0; ky < d->kernel; ky++)
        for (size_t kx = 0; kx < d->kernel; kx++) {
            const size_t ix = o * d->stride + kx - d->pad_left; // wraps below zero
            const uint8_t *x = ix < d->width ? lines->at[ky] + ix * d->channels : d->bytes.outside;
            add_taps(sums, vld1q_u8(x + c), vld1q_s8(d->taps + (ky * d->kernel + kx) * d->channels + c));
        }
}

// Rounds and stores one output, and adds it to the totals of its channels.
INLINE void byte_output_put(const struct ck_depthwise *d, const struct byte_lines *lines, sums16 sums, size_t c,
                            uint8_t *y, float32x4_t totals[4]) {
    float32x4_t row[4];
    UNROLL for (int q = 0; q < 4; q++)
        row[q] = vfmaq_f32(vld1q_f32(d->bias + c + q * 4), vcvtq_f32_s32(sums.quarters[q]),
                           vld1q_f32(d->bytes.multipliers + c + q * 4));
    uint8x16_t bytes = rounded_row(row, 4);
    if (d->bytes.table) bytes = looked_up(bytes, &lines->table);
    store_first_bytes(y, bytes, d->channels - c);
    const uint16x8_t halves[2] = {vmovl_u8(vget_low_u8(bytes)), vmovl_high_u8(bytes)};
    UNROLL for (int q = 0; q < 4; q++) {
        uint16x4_t quarter = q % 2 ? vget_high_u16(halves[q / 2]) : vget_low_u16(halves[q / 2]);
        totals[q] = vaddq_f32(totals[q], vcvtq_f32_u32(vmovl_u16(quarter)));
    }
}

// 16 channels of a row; kernel and stride constant where they are common.
INLINE void byte_channels(const struct ck_depthwise *d, const struct byte_lines *lines, size_t c, uint8_t *y,
                          float *sums, size_t kernel, size_t stride) {
    const int is_known = __builtin_constant_p(kernel);
    float32x4_t totals[4] = {};
    sums16 of[4];
    size_t o = 0;
    for (; is_known && o + 4 <= d->out_width; o += 4) {
        const size_t first = o * stride - d->pad_left; // may wrap below zero
        if (first < d->width && first + 3 * stride + kernel <= d->width)
            byte_outputs(d, lines, o, c, (int)kernel, (int)stride, 4, 1, of);
        else byte_outputs(d, lines, o, c, (int)kernel, (int)stride, 4, 0, of);
        UNROLL for (size_t i = 0; i < 4; i++)
            byte_output_put(d, lines, of[i], c, y + (o + i) * d->channels + c, totals);
    }
    for (; o < d->out_width; o++) {
        if (is_known) byte_outputs(d, lines, o, c, (int)kernel, (int)stride, 1, 0, of);
        else byte_output(d, lines, o, c, of);
        byte_output_put(d, lines, of[0], c, y + o * d->channels + c, totals);
    }
    float stored[16];
    if (!sums) return;
    UNROLL for (int q = 0; q < 4; q++) vst1q_f32(stored + q * 4, totals[q]);
    for (size_t i = 0; i < 16 && c + i < d->channels; i++) sums[c + i] += stored[i];
}

static void depthwise_u8(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    struct byte_lines lines;
    if (d->bytes.table) lines.table = prepare_table(d->bytes.table);
    for (size_t ky = 0; ky < d->kernel; ky++) {
        size_t iy = row * d->stride + ky - d->pad_top; // wraps below zero
        lines.at[ky] = iy < d->height ? (const uint8_t *)x + iy % d->ring * d->width * d->channels : d->bytes.outside;
    }
    for (size_t c = 0; c < d->channels; c += 16) {
        if (d->kernel == 3 && d->stride == 1) byte_channels(d, &lines, c, y, sums, 3, 1);
        else if (d->kernel == 3 && d->stride == 2) byte_channels(d, &lines, c, y, sums, 3, 2);
        else if (d->kernel == 5 && d->stride == 1) byte_channels(d, &lines, c, y, sums, 5, 1);
        else if (d->kernel == 5 && d->stride == 2) byte_channels(d, &lines, c, y, sums, 5, 2);
        else byte_channels(d, &lines, c, y, sums, d->kernel, d->stride);
    }
}
