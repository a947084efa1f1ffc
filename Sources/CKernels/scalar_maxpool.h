// The reference of max pooling of one element type (part of scalar.c).
static void OF(maxpool)(const void *x, size_t height, size_t width, size_t channels, size_t kernel_y,
                        size_t kernel_x, size_t stride_y, size_t stride_x, size_t out_height,
                        size_t out_width, size_t row, void *y) {
    size_t total_y = (out_height - 1) * stride_y + kernel_y, total_x = (out_width - 1) * stride_x + kernel_x;
    size_t top = total_y > height ? (total_y - height) / 2 : 0;
    size_t left = total_x > width ? (total_x - width) / 2 : 0;
    for (size_t ox = 0; ox < out_width; ox++)
        for (size_t c = 0; c < channels; c++) {
            float best = -INFINITY;
            for (size_t ky = 0; ky < kernel_y; ky++)
                for (size_t kx = 0; kx < kernel_x; kx++) {
                    size_t iy = row * stride_y + ky - top, ix = ox * stride_x + kx - left;
                    if (iy >= height || ix >= width) continue;
                    best = fmaxf(best, AT(x, (iy * width + ix) * channels + c));
                }
            PUT(y, ox * channels + c, best);
        }
}
