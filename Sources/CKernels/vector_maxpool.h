// Max pooling of one element type (part of vector.h). POOLED is a vector of POOLED_LANES elements as they are
// compared, LOWEST one that is above nothing.
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
        for (size_t c = 0; c < channels; c += POOLED_LANES) {
            POOLED best = LOWEST;
            for (size_t ky = ky0; ky < ky1; ky++)
                for (size_t kx = kx0; kx < kx1; kx++)
                    best = LARGER(best, IN(at + ((ky - ky0) * width + (kx - kx0)) * channels + c));
            OUT_PART(out + c, best, channels - c);
        }
    }
}
