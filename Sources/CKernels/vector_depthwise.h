// Depthwise convolutions (part of vector.h). A block is `columns` (constant where inlined) neighbouring
// outputs of LANES channels; its sums stay in registers, and each input vector is loaded once for all the
// outputs that need it.

#ifndef DEPTHWISE_TYPES
#define DEPTHWISE_TYPES
// Where a block's taps lie inside the map: its input rows, its input columns.
struct depthwise_place {
    size_t ky0, ky1;
    int j0, j1;
};
#endif

INLINE void OF(depthwise_block)(const ELEMENT *const *lines, ptrdiff_t at, size_t channels, const float *weights,
                                vf bias, int kernel, int stride, int columns, int is_clipped,
                                struct depthwise_place place, vf sums[]) {
    UNROLL for (int o = 0; o < columns; o++) sums[o] = bias;
    for (size_t ky = place.ky0; ky < place.ky1; ky++) {
        const ELEMENT *line = lines[ky] + at;
        vf w[5];
        UNROLL for (int kx = 0; kx < kernel; kx++)
            w[kx] = load(weights + (ky * (size_t)kernel + (size_t)kx) * channels);
        UNROLL for (int j = 0; j < (columns - 1) * stride + kernel; j++) {
            if (is_clipped && (j < place.j0 || j >= place.j1)) continue;
            vf x = IN(line + (size_t)j * channels);
            UNROLL for (int o = 0; o < columns; o++) {
                int kx = j - o * stride;
                if (kx >= 0 && kx < kernel) sums[o] = FMA(x, w[kx], sums[o]);
            }
        }
    }
}

INLINE void OF(depthwise_put)(vf sums[], int columns, ELEMENT *y, size_t c, size_t channels,
                              float *totals, enum ck_activation activation) {
    vf total = {};
    activate_ahead(sums, columns, activation, STEP > 1);
    UNROLL for (int o = 0; o < columns; o++) {
        vf sum = activate_last(sums[o], activation);
        OUT_PART(y + (size_t)o * channels + c, sum, channels - c);
        total += sum;
    }
    if (totals) store_part(totals + c, load_part(totals + c, channels - c) + total, channels - c);
}

INLINE void OF(depthwise_store)(vf sums[], int columns, ELEMENT *y, size_t c, size_t channels,
                                float *totals, enum ck_activation activation) {
    FOR_ACTIVATION(activation,
                   OF(depthwise_put)(sums, columns, y, c, channels, totals, (enum ck_activation)A))
}

// All channels of one block of outputs; the outputs' first column is `o`.
INLINE void OF(depthwise_columns)(const struct ck_depthwise *d, const ELEMENT *const *lines, size_t o,
                                  ELEMENT *y, float *totals, int kernel, int stride, int columns,
                                  struct depthwise_place place) {
    size_t channels = d->channels;
    ptrdiff_t left = (ptrdiff_t)(o * (size_t)stride) - (ptrdiff_t)d->pad_left;
    ptrdiff_t room = (ptrdiff_t)d->width - left;
    int all = (columns - 1) * stride + kernel;
    place.j0 = left < 0 ? (int)-left : 0;
    place.j1 = room < all ? (int)room : all;
    vf sums[DEPTHWISE_WIDE];
#define DEPTHWISE_CHANNELS(is_clipped)                                                                     \
    for (size_t c = 0; c < channels; c += LANES) {                                                         \
        OF(depthwise_block)(lines, left * (ptrdiff_t)channels + (ptrdiff_t)c, channels, d->weights + c,    \
                            load(d->bias + c), kernel, stride, columns, is_clipped, place, sums);    \
        OF(depthwise_store)(sums, columns, y + o * channels, c, channels, totals, d->activation);             \
    }
    if (place.j0 > 0 || place.j1 < all) {
        DEPTHWISE_CHANNELS(1)
    } else {
        DEPTHWISE_CHANNELS(0)
    }
#undef DEPTHWISE_CHANNELS
}

// Kernel and stride are constants here.
INLINE void OF(depthwise_row)(const struct ck_depthwise *d, const ELEMENT *const *lines,
                               struct depthwise_place place, ELEMENT *y, float *totals, int kernel, int stride) {
    size_t o = 0;
#define DEPTHWISE_COLUMNS(count)                                                                           \
    for (; o + count <= d->out_width; o += count)                                                          \
        OF(depthwise_columns)(d, lines, o, y, totals, kernel, stride, count, place);
    DEPTHWISE_COLUMNS(DEPTHWISE_WIDE)
    if (DEPTHWISE_WIDE > 4) DEPTHWISE_COLUMNS(4)
    DEPTHWISE_COLUMNS(2)
    DEPTHWISE_COLUMNS(1)
#undef DEPTHWISE_COLUMNS
}

// Any kernel and stride.
static void OF(depthwise_general)(const struct ck_depthwise *d, const ELEMENT *const *lines, size_t ky0, size_t ky1,
                              ELEMENT *y, float *totals) {
    for (size_t o = 0; o < d->out_width; o++) {
        size_t kx0, kx1;
        clip(o, d->stride, d->pad_left, d->kernel, d->width, &kx0, &kx1);
        size_t at = (o * d->stride + kx0 - d->pad_left) * d->channels;
        for (size_t c = 0; c < d->channels; c += LANES) {
            vf sum = load(d->bias + c);
            for (size_t ky = ky0; ky < ky1; ky++)
                for (size_t kx = kx0; kx < kx1; kx++)
                    sum = FMA(IN(lines[ky] + at + (kx - kx0) * d->channels + c),
                              load(d->weights + (ky * d->kernel + kx) * d->channels + c), sum);
            OF(depthwise_store)(&sum, 1, y + o * d->channels, c, d->channels, totals, d->activation);
        }
    }
}

static void OF(depthwise)(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    struct depthwise_place place = {};
    clip(row, d->stride, d->pad_top, d->kernel, d->height, &place.ky0, &place.ky1);
    const ELEMENT *lines[largest_kernel];
    for (size_t ky = place.ky0; ky < place.ky1; ky++)
        lines[ky] = (const ELEMENT *)x + (row * d->stride + ky - d->pad_top) % d->ring * d->width * d->channels;
#ifdef DEPTHWISE_PAIRS
    if (STEP > 1 && takes_pairs(d)) {
        const uint16_t *const *rows = (const uint16_t *const *)lines;
        if (d->kernel == 3 && d->stride == 1) pairs_row(d, rows, place.ky0, place.ky1, y, sums, 3, 1);
        else if (d->kernel == 3) pairs_row(d, rows, place.ky0, place.ky1, y, sums, 3, 2);
        else if (d->stride == 1) pairs_row(d, rows, place.ky0, place.ky1, y, sums, 5, 1);
        else pairs_row(d, rows, place.ky0, place.ky1, y, sums, 5, 2);
        return;
    }
#endif
    if (d->kernel == 3 && d->stride == 1) OF(depthwise_row)(d, lines, place, y, sums, 3, 1);
    else if (d->kernel == 3 && d->stride == 2) OF(depthwise_row)(d, lines, place, y, sums, 3, 2);
    else if (d->kernel == 5 && d->stride == 1) OF(depthwise_row)(d, lines, place, y, sums, 5, 1);
    else if (d->kernel == 5 && d->stride == 2) OF(depthwise_row)(d, lines, place, y, sums, 5, 2);
    else OF(depthwise_general)(d, lines, place.ky0, place.ky1, y, sums);
}
