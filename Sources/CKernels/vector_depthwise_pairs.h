// Depthwise convolutions of bfloat16 by products of pairs: two rows of taps at once, 32 channels at a time
// (part of vector.h). Two input rows, interleaved, are the pairs of 16 channels in each of two vectors:
// `low` holds channels 0-3, 8-11, 16-19, 24-27 and `high` the others; sums stand in that order.

typedef struct {
    vf low, high;
} vf2;

INLINE vf2 pairs_order(vf a, vf b) {
    const __m512i even = _mm512_setr_epi64(0, 1, 4, 5, 8, 9, 12, 13), odd = _mm512_setr_epi64(2, 3, 6, 7, 10, 11, 14, 15);
    return (vf2){(vf)_mm512_permutex2var_epi64((__m512i)a, even, (__m512i)b),
                 (vf)_mm512_permutex2var_epi64((__m512i)a, odd, (__m512i)b)};
}

INLINE vf2 natural_order(vf low, vf high) {
    const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    return (vf2){(vf)_mm512_permutex2var_epi64((__m512i)low, first, (__m512i)high),
                 (vf)_mm512_permutex2var_epi64((__m512i)low, second, (__m512i)high)};
}

// [block of 32 channels][pair of rows][kernel][low, high][16][2]; what is missing is zero.
static size_t pack_pairs(const struct ck_depthwise *d, const float *taps, uint16_t *packed) {
    size_t at = 0;
    for (size_t c = 0; c < d->channels; c += 32)
        for (size_t ky = 0; ky < d->kernel; ky += 2)
            for (size_t kx = 0; kx < d->kernel; kx++)
                for (size_t half = 0; half < 2; half++)
                    for (size_t i = 0; i < 16; i++)
                        for (size_t row = ky; row < ky + 2; row++, at++) {
                            size_t channel = c + i / 4 * 8 + half * 4 + i % 4;
                            int is_there = row < d->kernel && channel < d->channels;
                            if (!packed) continue;
                            float tap = is_there ? taps[(row * d->kernel + kx) * d->channels + channel] : 0;
                            vh narrowed = NARROW(splat(tap));
                            packed[at] = narrowed[0];
                        }
    return at;
}

// Rows of the taps; where one lies outside the map, its mask is 0.
struct pairs_place {
    const uint16_t *lines[6];
    __mmask32 masks[6];
    int j0, j1;
};

INLINE void pairs_block(const struct pairs_place *place, ptrdiff_t at, size_t channels, const uint16_t *weights,
                        vf2 bias, int kernel, int stride, int columns, int is_clipped, vf sums[]) {
    UNROLL for (int o = 0; o < columns; o++) {
        sums[2 * o] = bias.low;
        sums[2 * o + 1] = bias.high;
    }
    for (int ky = 0; ky < kernel; ky += 2, weights += kernel * 64) {
        const uint16_t *upper = place->lines[ky] + at, *lower = place->lines[ky + 1] + at;
        vf low[5], high[5];
        UNROLL for (int kx = 0; kx < kernel; kx++) {
            low[kx] = load((const float *)(weights + 64 * kx));
            high[kx] = load((const float *)(weights + 64 * kx + 32));
        }
        UNROLL for (int j = 0; j < (columns - 1) * stride + kernel; j++) {
            if (is_clipped && (j < place->j0 || j >= place->j1)) continue;
            __m512i a, b;
            if (is_clipped) {
                a = _mm512_maskz_loadu_epi16(place->masks[ky], upper + (size_t)j * channels);
                b = _mm512_maskz_loadu_epi16(place->masks[ky + 1], lower + (size_t)j * channels);
            } else {
                a = _mm512_loadu_si512(upper + (size_t)j * channels);
                b = _mm512_loadu_si512(lower + (size_t)j * channels);
            }
            vf x = (vf)_mm512_unpacklo_epi16(a, b), y = (vf)_mm512_unpackhi_epi16(a, b);
            UNROLL for (int o = 0; o < columns; o++) {
                int kx = j - o * stride;
                if (kx < 0 || kx >= kernel) continue;
                sums[2 * o] = DOT(sums[2 * o], x, low[kx]);
                sums[2 * o + 1] = DOT(sums[2 * o + 1], y, high[kx]);
            }
        }
    }
}

INLINE void pairs_put(vf sums[], int columns, uint16_t *y, size_t c, size_t channels, float *totals,
                      enum ck_activation activation) {
    const __m512i alternate = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    size_t count = channels - c;
    __mmask32 mask = count < 32 ? (__mmask32)((1u << count) - 1) : (__mmask32)~0u;
    vf low = {}, high = {};
    activate_ahead(sums, 2 * columns, activation, 1);
    UNROLL for (int o = 0; o < columns; o++) {
        vf x = activate_last(sums[2 * o], activation), z = activate_last(sums[2 * o + 1], activation);
        low += x;
        high += z;
        __m512i first = _mm512_castsi256_si512((__m256i)NARROW(x));
        __m512i second = _mm512_castsi256_si512((__m256i)NARROW(z));
        _mm512_mask_storeu_epi16(y + (size_t)o * channels + c, mask, _mm512_permutex2var_epi64(first, alternate, second));
    }
    if (totals) {
        vf2 total = natural_order(low, high);
        store_part(totals + c, load_part(totals + c, count) + total.low, count);
        if (count > LANES)
            store_part(totals + c + LANES, load_part(totals + c + LANES, count - LANES) + total.high, count - LANES);
    }
}

INLINE void pairs_columns(const struct ck_depthwise *d, struct pairs_place *place, int is_row_clipped, size_t o,
                          uint16_t *y, float *totals, int kernel, int stride, int columns) {
    size_t channels = d->channels;
    ptrdiff_t left = (ptrdiff_t)(o * (size_t)stride) - (ptrdiff_t)d->pad_left, room = (ptrdiff_t)d->width - left;
    int all = (columns - 1) * stride + kernel;
    place->j0 = left < 0 ? (int)-left : 0;
    place->j1 = room < all ? (int)room : all;
    const uint16_t *weights = (const uint16_t *)d->weights;
    size_t step = (size_t)((kernel + 1) / 2 * kernel) * 64;
    vf sums[16];
#define PAIRS_CHANNELS(is_clipped)                                                                         \
    for (size_t c = 0; c < channels; c += 32, weights += step) {                                           \
        vf2 bias = pairs_order(load(d->bias + c), load(d->bias + c + LANES));                              \
        pairs_block(place, left * (ptrdiff_t)channels + (ptrdiff_t)c, channels, weights, bias, kernel,     \
                    stride, columns, is_clipped, sums);                                                    \
        FOR_ACTIVATION(d->activation, pairs_put(sums, columns, y + o * channels, c, channels, totals,      \
                                                (enum ck_activation)A))                                    \
    }
    if (is_row_clipped || place->j0 > 0 || place->j1 < all) {
        PAIRS_CHANNELS(1)
    } else {
        PAIRS_CHANNELS(0)
    }
#undef PAIRS_CHANNELS
}

// Kernel and stride are constants here.
INLINE void pairs_row(const struct ck_depthwise *d, const uint16_t *const *lines, size_t ky0, size_t ky1,
                      uint16_t *y, float *totals, int kernel, int stride) {
    struct pairs_place place = {};
    for (int ky = 0; ky <= kernel; ky++) {
        int is_inside = ky >= (int)ky0 && ky < (int)ky1;
        // The row behind the last one has no weights, so any will do.
        place.lines[ky] = lines[is_inside ? ky : (int)ky1 - 1];
        place.masks[ky] = is_inside ? (__mmask32)~0u : 0;
    }
    int is_clipped = ky0 > 0 || ky1 < (size_t)kernel;
    size_t o = 0;
    for (; o + 8 <= d->out_width; o += 8) pairs_columns(d, &place, is_clipped, o, y, totals, kernel, stride, 8);
    for (; o + 4 <= d->out_width; o += 4) pairs_columns(d, &place, is_clipped, o, y, totals, kernel, stride, 4);
    for (; o + 2 <= d->out_width; o += 2) pairs_columns(d, &place, is_clipped, o, y, totals, kernel, stride, 2);
    for (; o < d->out_width; o++) pairs_columns(d, &place, is_clipped, o, y, totals, kernel, stride, 1);
}
