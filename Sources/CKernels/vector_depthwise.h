// Depthwise convolutions (part of vector.h).

// `columns` (constant) neighbouring outputs of LANES channels, rows clipped to ky0..<ky1, all columns of
// taps inside the map. Each input vector is loaded once for all the outputs that need it.
INLINE void depthwise_inside(const float *const *lines, size_t at, size_t channels, const float *weights,
                             vf bias, size_t ky0, size_t ky1, int kernel, int stride, int columns, vf sums[]) {
    UNROLL for (int o = 0; o < columns; o++) sums[o] = bias;
    for (size_t ky = ky0; ky < ky1; ky++) {
        const float *line = lines[ky] + at;
        vf w[5];
        UNROLL for (int kx = 0; kx < kernel; kx++)
            w[kx] = load(weights + (ky * (size_t)kernel + (size_t)kx) * channels);
        UNROLL for (int j = 0; j < (columns - 1) * stride + kernel; j++) {
            vf x = load(line + (size_t)j * channels);
            UNROLL for (int o = 0; o < columns; o++) {
                int kx = j - o * stride;
                if (kx >= 0 && kx < kernel) sums[o] = FMA(x, w[kx], sums[o]);
            }
        }
    }
}

// One output with any clipping.
INLINE vf depthwise_any(const float *const *lines, size_t at, size_t channels, const float *weights, vf sum,
                        size_t ky0, size_t ky1, size_t kx0, size_t kx1, size_t kernel) {
    for (size_t ky = ky0; ky < ky1; ky++)
        for (size_t kx = kx0; kx < kx1; kx++)
            sum = FMA(load(lines[ky] + at + (kx - kx0) * channels),
                      load(weights + (ky * kernel + kx) * channels), sum);
    return sum;
}

// Taps of output `o` inside a line of `size`: first and past the last.
INLINE void clip(size_t o, size_t stride, size_t before, size_t kernel, size_t size, size_t *k0, size_t *k1) {
    size_t start = o * stride;
    *k0 = start < before ? before - start : 0;
    size_t room = size + before - start; // start never lies past the padded end
    *k1 = kernel < room ? kernel : room;
}

INLINE void depthwise_store(vf sums[], int columns, float *y, size_t c, size_t channels, float *totals,
                            enum ck_activation activation) {
    vf total = {};
    UNROLL for (int o = 0; o < columns; o++) {
        vf sum = activate(sums[o], activation);
        store_part(y + (size_t)o * channels + c, sum, channels - c);
        total += sum;
    }
    if (totals) store_part(totals + c, load_part(totals + c, channels - c) + total, channels - c);
}

#define DEPTHWISE_COLUMNS(count)                                                                           \
    for (size_t c = 0; c < channels; c += LANES) {                                                         \
        vf sums[count];                                                                                    \
        depthwise_inside(lines, at + c, channels, weights + c, load(d->bias + c), ky0, ky1, kernel,        \
                         stride, count, sums);                                                             \
        depthwise_store(sums, count, out, c, channels, totals, activation);                                \
    }                                                                                                      \
    o += count;

// Kernel and stride are constants here.
INLINE void depthwise_row(const struct ck_depthwise *d, const float *const *lines, size_t ky0, size_t ky1,
                          float *y, float *totals, int kernel, int stride, enum ck_activation activation) {
    size_t channels = d->channels;
    const float *weights = d->weights;
    size_t o = 0;
    while (o < d->out_width) {
        size_t kx0, kx1;
        clip(o, (size_t)stride, d->pad_left, (size_t)kernel, d->width, &kx0, &kx1);
        size_t at = (o * (size_t)stride + kx0 - d->pad_left) * channels;
        float *out = y + o * channels;
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
                vf sum[1] = {depthwise_any(lines, at + c, channels, weights + c, load(d->bias + c), ky0, ky1,
                                           kx0, kx1, (size_t)kernel)};
                depthwise_store(sum, 1, out, c, channels, totals, activation);
            }
            o += 1;
        }
    }
}

// Any kernel and stride.
static void depthwise_general(const struct ck_depthwise *d, const float *const *lines, size_t ky0, size_t ky1,
                              float *y, float *totals) {
    for (size_t o = 0; o < d->out_width; o++) {
        size_t kx0, kx1;
        clip(o, d->stride, d->pad_left, d->kernel, d->width, &kx0, &kx1);
        size_t at = (o * d->stride + kx0 - d->pad_left) * d->channels;
        for (size_t c = 0; c < d->channels; c += LANES) {
            vf sum[1] = {depthwise_any(lines, at + c, d->channels, (const float *)d->weights + c,
                                       load(d->bias + c), ky0, ky1, kx0, kx1, d->kernel)};
            depthwise_store(sum, 1, y + o * d->channels, c, d->channels, totals, d->activation);
        }
    }
}

enum { largest_kernel = 15 };

static void depthwise_f32(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    size_t ky0, ky1;
    clip(row, d->stride, d->pad_top, d->kernel, d->height, &ky0, &ky1);
    const float *lines[largest_kernel];
    for (size_t ky = ky0; ky < ky1; ky++)
        lines[ky] = (const float *)x + (row * d->stride + ky - d->pad_top) % d->ring * d->width * d->channels;
#define DEPTHWISE_CASE(k, s)                                                                               \
    if (d->kernel == k && d->stride == s) {                                                                \
        FOR_ACTIVATION(d->activation, depthwise_row(d, lines, ky0, ky1, y, sums, k, s, (enum ck_activation)A)) \
        return;                                                                                            \
    }
    DEPTHWISE_CASE(3, 1)
    DEPTHWISE_CASE(3, 2)
    DEPTHWISE_CASE(5, 1)
    DEPTHWISE_CASE(5, 2)
    depthwise_general(d, lines, ky0, ky1, y, sums);
}
