// The checks of kernels over bytes (part of kernel_check.c).

// Bytes may differ by a step where a result lies between two; sums may not.
static float differing_bytes(size_t count) {
    const uint8_t *a = (const uint8_t *)result[0], *b = (const uint8_t *)result[1];
    int worst = 0;
    size_t apart = 0;
    for (size_t i = 0; i < count; i++) {
        worst = (int)larger(worst, abs(a[i] - b[i]));
        apart += a[i] != b[i];
    }
    int is_cut = memcmp(a + count, b + count, sizeof result[0] - count) == 0;
    return worst <= 1 && apart <= 1 + count / 100 && is_cut ? 0 : INFINITY;
}

static float check_pointwise_u8(void) {
    static const size_t depths[] = {4, 8, 16, 36}, widths[] = {1, 7, 8, 17, 36, 61}, rows[] = {1, 5, 13, 29};
    static int8_t packed[room];
    float worst = 0;
    for (size_t i = 0; i < 4 * 6 * 4; i++) {
        size_t depth = depths[i % 4], width = widths[i / 4 % 6], count = rows[i / 24];
        fill();
        for (size_t n = 0; n < room; n++) factors[n] = 0.001f + 0.0005f * factors[n], x[0][n] = 128 + 10 * x[0][n];
        for (size_t s = 0; s < 2; s++) {
            size_t at = 0;
            for (size_t p = 0; p < ck_panel_count(sets[s]->lanes, sets[s]->panel_vectors, width); p++) {
                size_t columns = ck_panel_columns(sets[s]->lanes, sets[s]->panel_vectors, width, p);
                for (size_t k = 0; k < depth; k++)
                    for (size_t c = 0; c < columns; c++) {
                        size_t n = p * sets[s]->lanes * sets[s]->panel_vectors + c;
                        packed[at + (k / 4 * columns + c) * 4 + k % 4] =
                            n < width ? (int8_t)bytes[(k * width + n) % room] : 0;
                    }
                at += depth * columns;
            }
            struct ck_product p = {.depth = depth, .taps = 1, .step = depth, .width = width, .panels = packed,
                                   .bias = x[0], .bytes = {.multipliers = factors, .table = i % 2 ? bytes + 99 : NULL,
                                                           .residual = 0.3f}};
            const void *line = bytes;
            sets[s]->pointwise_u8(&p, &line, count, 0,
                                  ck_panel_count(sets[s]->lanes, sets[s]->panel_vectors, width),
                                  i % 3 ? bytes + 50 : NULL, result[s]);
        }
        // A table may turn one step into any other byte.
        if (i % 2 == 0) worst = larger(worst, differing_bytes(count * width));
    }
    return worst;
}

static float check_depthwise_u8(void) {
    float worst = 0;
    // Keeps a difference of one step one.
    static uint8_t reversed[256];
    for (size_t n = 0; n < 256; n++) reversed[n] = (uint8_t)(255 - n);
    for (size_t i = 0; i < 4 * 6 * 2; i++) {
        size_t kernel = 1 + 2 * (i % 4), channels = (size_t[]){1, 4, 9, 20, 33, 70}[i / 4 % 6], stride = 1 + i / 24;
        size_t height = 5, width = 9, out = (width + stride - 1) / stride, out_height = (height + stride - 1) / stride;
        fill();
        for (size_t n = 0; n < room; n++) factors[n] = 0.001f + 0.0005f * factors[n], x[0][n] = 128 + 10 * x[0][n];
        static uint8_t outside[room];
        memset(outside, 77, sizeof outside);
        struct ck_depthwise d = {
            .height = height, .width = width, .channels = channels, .ring = height, .out_height = out_height,
            .out_width = out, .kernel = kernel, .stride = stride,
            .pad_top = ((out_height - 1) * stride + kernel - height) / 2, .pad_left = ((out - 1) * stride + kernel - width) / 2,
            .bytes = {.table = (i + i / 4) % 2 ? reversed : NULL, .outside = outside}};
        if (kernel == 1) d.pad_top = d.pad_left = 0;
        float sums[2][128] = {{0}};
        for (size_t s = 0; s < 2; s++) {
            static _Alignas(8) int8_t taps[8 * room];
            static float multipliers[room], biases[room];
            ck_pack_taps(sets[s], (const int8_t *)bytes + 700, kernel, channels, taps);
            ck_pack_channels(sets[s], factors, channels, multipliers);
            ck_pack_channels(sets[s], x[0], channels, biases);
            d.taps = taps, d.bias = biases, d.bytes.multipliers = multipliers;
            for (size_t row = 0; row < out_height; row++)
                sets[s]->depthwise_u8(&d, bytes, row, (char *)result[s] + row * out * channels, sums[s]);
        }
        worst = larger(worst, differing_bytes(out_height * out * channels));
        for (size_t c = 0; c < channels; c++)
            if (!(fabsf(sums[0][c] - sums[1][c]) <= 2)) worst = INFINITY;
    }
    return worst;
}

static float check_fuse_u8(void) {
    float worst = 0;
    for (size_t i = 0; i < 60; i++) {
        fill();
        const uint8_t *rows[3] = {bytes, bytes + 300, bytes + 600};
        float w[4] = {0.37841f, 0.29317f, -0.20173f, 60.1234f};
        w[1 + i % 3] = 60.1234f;
        for (size_t s = 0; s < 2; s++) sets[s]->fuse_u8(rows, w, 1 + i % 3, 1 + i * 3, (uint8_t *)result[s], NULL);
        worst = larger(worst, differing_bytes(1 + i * 3));
    }
    return worst;
}

static float check_maxpool_u8(void) {
    float worst = 0;
    for (size_t channels = 1; channels < 22; channels += 3) {
        fill();
        for (size_t s = 0; s < 2; s++)
            for (size_t row = 0; row < 4; row++)
                sets[s]->maxpool_u8(bytes, 7, 9, channels, 3, 3, 2, 2, 4, 5, row,
                                    (char *)result[s] + row * 5 * channels);
        worst = larger(worst, differing_bytes(4 * 5 * channels));
    }
    return worst;
}

// Sets have panels of their own widths: each is held to what its numbers stand for.
static float check_scale_u8(void) {
    enum { rows = 24 };
    fill();
    const struct ck_gated gated = {.input_scale = 0.02f, .input_zero = 3, .output_scale = 0.05f, .output_zero = 9};
    float worst = 0;
    for (size_t s = 0; s < 2; s++) {
        size_t columns = ck_panel_columns(sets[s]->lanes, sets[s]->panel_vectors, 100, 0);
        float multipliers[64], biases[64];
        int8_t *y = (int8_t *)result[s];
        sets[s]->scale_u8(x[0], factors, rows, columns, weights, &gated, y, multipliers, biases);
        for (size_t n = 0; n < columns; n++) {
            float scale = multipliers[n] * 0.05f / 0.02f;
            for (size_t k = 0; k < rows; k++) {
                size_t at = (k / 4 * columns + n) * 4 + k % 4;
                if (!(fabsf(y[at] * scale - x[0][at] * factors[k]) <= 0.501f * scale)) worst = INFINITY;
            }
        }
    }
    return worst;
}

static float check_peak_u8(void) {
    fill();
    int32_t *sums[2] = {(int32_t *)result[0], (int32_t *)result[1]};
    for (size_t s = 0; s < 2; s++) {
        sums[s][0] = 5;
        sets[s]->peak_u8(9, bytes, bytes + 64, sums[s]);
    }
    return sums[0][0] == sums[1][0] ? 0 : INFINITY;
}
