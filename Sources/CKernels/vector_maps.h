// Element-wise kernels and pooling (part of vector.h).

INLINE void fuse(const float *const *x, const float *w, size_t inputs, size_t count, float *y,
                 enum ck_activation activation) {
    for (size_t i = 0; i < count; i += LANES) {
        vf sum = load(x[0] + i) * splat(w[0]);
        for (size_t j = 1; j < inputs; j++) sum = FMA(load(x[j] + i), splat(w[j]), sum);
        store_part(y + i, activate(sum, activation), count - i);
    }
}

static void fuse_f32(const void *const *x, const float *w, size_t inputs, size_t count, void *y,
                     enum ck_activation activation) {
    FOR_ACTIVATION(activation,
                   fuse((const float *const *)x, w, inputs, count, y, (enum ck_activation)A))
}

static void scale_f32(const void *x, const float *scale, size_t rows, size_t columns, void *y) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < columns; n += LANES) {
            size_t at = r * columns + n;
            store_part((float *)y + at, load((const float *)x + at) * splat(scale[r]), columns - n);
        }
}

static void maxpool_f32(const void *x, size_t height, size_t width, size_t channels, size_t kernel_y,
                        size_t kernel_x, size_t stride_y, size_t stride_x, size_t out_height,
                        size_t out_width, size_t row, void *y) {
    size_t total_y = (out_height - 1) * stride_y + kernel_y, total_x = (out_width - 1) * stride_x + kernel_x;
    size_t top = total_y > height ? (total_y - height) / 2 : 0;
    size_t left = total_x > width ? (total_x - width) / 2 : 0;
    size_t ky0, ky1, kx0, kx1;
    clip(row, stride_y, top, kernel_y, height, &ky0, &ky1);
    for (size_t ox = 0; ox < out_width; ox++) {
        clip(ox, stride_x, left, kernel_x, width, &kx0, &kx1);
        const float *at = (const float *)x +
                          ((row * stride_y + ky0 - top) * width + ox * stride_x + kx0 - left) * channels;
        float *out = (float *)y + ox * channels;
        for (size_t c = 0; c < channels; c += LANES) {
            vf best = splat(-INFINITY);
            for (size_t ky = ky0; ky < ky1; ky++)
                for (size_t kx = kx0; kx < kx1; kx++)
                    best = MAX(best, load(at + ((ky - ky0) * width + (kx - kx0)) * channels + c));
            store_part(out + c, best, channels - c);
        }
    }
}
