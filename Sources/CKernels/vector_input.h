// What stands before and beside the maps: bytes to floats, floats to bfloat16, gated weights (part of
// vector.h).

static void normalise_f32(const uint8_t *x, size_t count, const float *scale, const float *shift, float *y) {
    // Three vectors hold whole pixels.
    float scales[3 * LANES], shifts[3 * LANES];
    for (size_t i = 0; i < 3 * LANES; i++) {
        scales[i] = scale[i % 3];
        shifts[i] = shift[i % 3];
    }
    size_t i = 0;
    for (; i + 3 * LANES <= 3 * count; i += 3 * LANES)
        for (size_t j = 0; j < 3 * LANES; j += LANES) {
            vb bytes = *(const vb *)(x + i + j);
            store(y + i + j, __builtin_convertvector(bytes, vf) * load(scales + j) + load(shifts + j));
        }
    for (; i < 3 * count; i++) y[i] = (float)x[i] * scales[i % 3] + shifts[i % 3];
}

static void scale_f32(const float *x, const float *scale, size_t rows, size_t columns, void *y) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < columns; n += LANES) {
            size_t at = r * columns + n;
            store_part((float *)y + at, load(x + at) * splat(scale[r]), columns - n);
        }
}

// Weights of two rows stand beside each other.
static void scale_bf16(const float *x, const float *scale, size_t rows, size_t columns, void *y) {
    for (size_t r = 0; r + 2 <= rows; r += 2) {
        vf pair;
        for (int i = 0; i < LANES; i++) pair[i] = scale[r + (size_t)(i & 1)];
        for (size_t n = 0; n < 2 * columns; n += LANES) {
            size_t at = r * columns + n;
            store_half_part((uint16_t *)y + at, load(x + at) * pair, 2 * columns - n);
        }
    }
}

static void narrow_bf16(const float *x, size_t count, void *y) {
    for (size_t i = 0; i < count; i += LANES)
        store_half_part((uint16_t *)y + i, load_part(x + i, count - i), count - i);
}
