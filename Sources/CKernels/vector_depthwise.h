// Depthwise convolutions (part of vector.h).

// `columns` (constant) neighbouring outputs of LANES channels, rows clipped to ky0..<ky1, all columns of
// taps inside the map. Each input vector is loaded once for all the outputs that need it.
INLINE void OF(depthwise_inside)(const ELEMENT *const *lines, size_t at, size_t channels, const float *weights,
                             vf bias, size_t ky0, size_t ky1, int kernel, int stride, int columns, vf sums[]) {
    UNROLL for (int o = 0; o < columns; o++) sums[o] = bias;
    for (size_t ky = ky0; ky < ky1; ky++) {
        const ELEMENT *line = lines[ky] + at;
        vf w[5];
        UNROLL for (int kx = 0; kx < kernel; kx++)
            w[kx] = load(weights + (ky * (size_t)kernel + (size_t)kx) * channels);
        UNROLL for (int j = 0; j < (columns - 1) * stride + kernel; j++) {
            vf x = IN(line + (size_t)j * channels);
            UNROLL for (int o = 0; o < columns; o++) {
                int kx = j - o * stride;
                if (kx >= 0 && kx < kernel) sums[o] = FMA(x, w[kx], sums[o]);
            }
        }
    }
}

// One output with any clipping.
INLINE vf OF(depthwise_any)(const ELEMENT *const *lines, size_t at, size_t channels, const float *weights, vf sum,
                        size_t ky0, size_t ky1, size_t kx0, size_t kx1, size_t kernel) {
    for (size_t ky = ky0; ky < ky1; ky++)
        for (size_t kx = kx0; kx < kx1; kx++)
            sum = FMA(IN(lines[ky] + at + (kx - kx0) * channels),
                      load(weights + (ky * kernel + kx) * channels), sum);
    return sum;
}

INLINE void OF(depthwise_store)(vf sums[], int columns, ELEMENT *y, size_t c, size_t channels, float *totals,
                            enum ck_activation activation) {
    vf total = {};
    UNROLL for (int o = 0; o < columns; o++) {
        vf sum = activate(sums[o], activation);
        OUT_PART(y + (size_t)o * channels + c, sum, channels - c);
        total += sum;
    }
    if (totals) store_part(totals + c, load_part(totals + c, channels - c) + total, channels - c);
}

#undef DEPTHWISE_COLUMNS
#undef DEPTHWISE_CASE
#define DEPTHWISE_COLUMNS(count)                                                                           \
    for (size_t c = 0; c < channels; c += LANES) {                                                         \
        vf sums[count];                                                                                    \
        OF(depthwise_inside)(lines, at + c, channels, weights + c, load(d->bias + c), ky0, ky1, kernel,        \
                         stride, count, sums);                                                             \
        OF(depthwise_store)(sums, count, out, c, channels, totals, activation);                                \
    }                                                                                                      \
    o += count;

// Kernel and stride are constants here.
INLINE void OF(depthwise_row)(const struct ck_depthwise *d, const ELEMENT *const *lines, size_t ky0, size_t ky1,
                          ELEMENT *y, float *totals, int kernel, int stride, enum ck_activation activation) {
    size_t channels = d->channels;
    const float *weights = d->weights;
    size_t o = 0;
    while (o < d->out_width) {
        size_t kx0, kx1;
        clip(o, (size_t)stride, d->pad_left, (size_t)kernel, d->width, &kx0, &kx1);
        size_t at = (o * (size_t)stride + kx0 - d->pad_left) * channels;
        ELEMENT *out = y + o * channels;
        // Outputs from here on whose taps all lie inside.
        size_t room = d->width + d->pad_left - (size_t)kernel;
        size_t inside = kx0 > 0 || kx1 < (size_t)kernel ? 0 : room / (size_t)stride - o + 1;
        if (inside > d->out_width - o) inside = d->out_width - o;
        if (inside >= DEPTHWISE_WIDE) {
            DEPTHWISE_COLUMNS(DEPTHWISE_WIDE)
        } else if (inside >= 4) {
            DEPTHWISE_COLUMNS(4)
        } else if (inside >= 2) {
            DEPTHWISE_COLUMNS(2)
        } else {
            for (size_t c = 0; c < channels; c += LANES) {
                vf sum[1] = {OF(depthwise_any)(lines, at + c, channels, weights + c, load(d->bias + c), ky0, ky1,
                                           kx0, kx1, (size_t)kernel)};
                OF(depthwise_store)(sum, 1, out, c, channels, totals, activation);
            }
            o += 1;
        }
    }
}

// Any kernel and stride.
static void OF(depthwise_general)(const struct ck_depthwise *d, const ELEMENT *const *lines, size_t ky0, size_t ky1,
                              ELEMENT *y, float *totals) {
    for (size_t o = 0; o < d->out_width; o++) {
        size_t kx0, kx1;
        clip(o, d->stride, d->pad_left, d->kernel, d->width, &kx0, &kx1);
        size_t at = (o * d->stride + kx0 - d->pad_left) * d->channels;
        for (size_t c = 0; c < d->channels; c += LANES) {
            vf sum[1] = {OF(depthwise_any)(lines, at + c, d->channels, (const float *)d->weights + c,
                                       load(d->bias + c), ky0, ky1, kx0, kx1, d->kernel)};
            OF(depthwise_store)(sum, 1, y + o * d->channels, c, d->channels, totals, d->activation);
        }
    }
}

static void OF(depthwise)(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    size_t ky0, ky1;
    clip(row, d->stride, d->pad_top, d->kernel, d->height, &ky0, &ky1);
    const ELEMENT *lines[largest_kernel];
    for (size_t ky = ky0; ky < ky1; ky++)
        lines[ky] = (const ELEMENT *)x + (row * d->stride + ky - d->pad_top) % d->ring * d->width * d->channels;
#define DEPTHWISE_CASE(k, s)                                                                               \
    if (d->kernel == k && d->stride == s) {                                                                \
        FOR_ACTIVATION(d->activation, OF(depthwise_row)(d, lines, ky0, ky1, y, sums, k, s, (enum ck_activation)A)) \
        return;                                                                                            \
    }
    DEPTHWISE_CASE(3, 1)
    DEPTHWISE_CASE(3, 2)
    DEPTHWISE_CASE(5, 1)
    DEPTHWISE_CASE(5, 2)
    OF(depthwise_general)(d, lines, ky0, ky1, y, sums);
}
