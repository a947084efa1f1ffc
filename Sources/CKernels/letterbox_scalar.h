// The letterbox for reading: included by scalar.c.

static void blend_rows_u8(const uint8_t *const *rows, const float *weights, size_t taps, size_t count,
                          float *y) {
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (size_t k = 0; k < taps; k++) sum += (float)rows[k][i] * weights[k];
        y[i] = sum;
    }
}

static void blend_columns_f32(const float *x, const uint32_t *first, const uint32_t *taps,
                              const float *weights, size_t most, size_t step, size_t count, float *y) {
    for (size_t o = 0; o < count; o++)
        for (size_t j = 0; j < CK_LETTERBOX_ROWS; j++) {
            float sum = 0;
            for (size_t k = 0; k < taps[o]; k++)
                sum += x[(first[o] + k) * step * CK_LETTERBOX_ROWS + j] * weights[o * most + k];
            y[o * CK_LETTERBOX_ROWS + j] = sum;
        }
}

static void store_rgb_u8(const float *a, const float *b, const float *c, const float *m, size_t count,
                         size_t rows, uint8_t *y, size_t stride) {
    for (size_t o = 0; o < count; o++)
        for (size_t j = 0; j < rows; j++)
            for (size_t i = 0; i < 3; i++) {
                size_t at = o * CK_LETTERBOX_ROWS + j;
                float sum = a[at] * m[4 * i] + b[at] * m[4 * i + 1] + c[at] * m[4 * i + 2] + m[4 * i + 3];
                y[j * stride + 3 * o + i] = (uint8_t)fminf(fmaxf(sum + 0.5f, 0), 255.5f);
            }
}
