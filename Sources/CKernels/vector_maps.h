// Element-wise kernels and pooling (part of vector.h).

// `vectors` (constant) vectors from `i` on; `count` counts from there.
INLINE void OF(fuse_few)(const ELEMENT *const *x, const float *w, size_t inputs, size_t i, size_t count,
                         ELEMENT *y, int vectors, enum ck_activation activation) {
    vf sums[4];
    UNROLL for (int v = 0; v < vectors; v++) sums[v] = IN(x[0] + i + v * LANES) * splat(w[0]);
    for (size_t j = 1; j < inputs; j++)
        UNROLL for (int v = 0; v < vectors; v++) sums[v] = FMA(IN(x[j] + i + v * LANES), splat(w[j]), sums[v]);
    activate_ahead(sums, vectors, activation, STEP > 1);
    UNROLL for (int v = 0; v < vectors; v++)
        OUT_PART(y + i + v * LANES, activate_last(sums[v], activation), v + 1 < vectors ? LANES : count - (size_t)v * LANES);
}

INLINE void OF(fuse_all)(const ELEMENT *const *x, const float *w, size_t inputs, size_t count, ELEMENT *y,
                 enum ck_activation activation) {
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) OF(fuse_few)(x, w, inputs, i, count - i, y, 4, activation);
    for (; i < count; i += LANES) OF(fuse_few)(x, w, inputs, i, count - i, y, 1, activation);
}

static void OF(fuse)(const void *const *x, const float *w, size_t inputs, size_t count, void *y,
                     enum ck_activation activation) {
    FOR_ACTIVATION(activation,
                   OF(fuse_all)((const ELEMENT *const *)x, w, inputs, count, y, (enum ck_activation)A))
}

static void OF(maxpool)(const void *x, size_t height, size_t width, size_t channels, size_t kernel_y,
                        size_t kernel_x, size_t stride_y, size_t stride_x, size_t out_height,
                        size_t out_width, size_t row, void *y) {
    size_t total_y = (out_height - 1) * stride_y + kernel_y, total_x = (out_width - 1) * stride_x + kernel_x;
    size_t top = total_y > height ? (total_y - height) / 2 : 0;
    size_t left = total_x > width ? (total_x - width) / 2 : 0;
    size_t ky0, ky1, kx0, kx1;
    clip(row, stride_y, top, kernel_y, height, &ky0, &ky1);
    for (size_t ox = 0; ox < out_width; ox++) {
        clip(ox, stride_x, left, kernel_x, width, &kx0, &kx1);
        const ELEMENT *at = (const ELEMENT *)x +
                          ((row * stride_y + ky0 - top) * width + ox * stride_x + kx0 - left) * channels;
        ELEMENT *out = (ELEMENT *)y + ox * channels;
        for (size_t c = 0; c < channels; c += LANES) {
            vf best = splat(-INFINITY);
            for (size_t ky = ky0; ky < ky1; ky++)
                for (size_t kx = kx0; kx < kx1; kx++)
                    best = MAX(best, IN(at + ((ky - ky0) * width + (kx - kx0)) * channels + c));
            OUT_PART(out + c, best, channels - c);
        }
    }
}
