// The letterbox over the set's vectors: included by vector.h.

// Sixteen output rows stand side by side in memory while columns are resampled.
#define BLOCK CK_LETTERBOX_ROWS

typedef uint8_t vb __attribute__((vector_size(LANES), aligned(1), may_alias));

static void blend_rows_u8(const uint8_t *const *rows, const float *weights, size_t taps, size_t count,
                          float *y) {
    size_t i = 0;
    // Two vectors at a time: the sums of many taps are not to wait for each other.
    for (; i + 2 * LANES <= count; i += 2 * LANES) {
        vf a = {}, b = {};
        for (size_t k = 0; k < taps; k++) {
            vf w = splat(weights[k]);
            a = FMA(__builtin_convertvector(*(const vb *)(rows[k] + i), vf), w, a);
            b = FMA(__builtin_convertvector(*(const vb *)(rows[k] + i + LANES), vf), w, b);
        }
        store(y + i, a);
        store(y + i + LANES, b);
    }
    // A lent row ends where it ends: the rest goes byte by byte.
    for (; i < count; i++) {
        vf sum = {};
        for (size_t k = 0; k < taps; k++) sum = FMA(splat((float)rows[k][i]), splat(weights[k]), sum);
        y[i] = sum[0];
    }
}

static void blend_columns_f32(const float *x, const uint32_t *first, const uint32_t *taps,
                              const float *weights, size_t most, size_t step, size_t count, float *y) {
    for (size_t o = 0; o < count; o++) {
        const float *from = x + first[o] * step * BLOCK;
        const float *w = weights + o * most;
        vf sums[BLOCK / LANES] = {};
        for (size_t k = 0; k < taps[o]; k++)
            for (size_t v = 0; v < BLOCK / LANES; v++)
                sums[v] = FMA(load(from + k * step * BLOCK + v * LANES), splat(w[k]), sums[v]);
        for (size_t v = 0; v < BLOCK / LANES; v++) store(y + o * BLOCK + v * LANES, sums[v]);
    }
}

static void store_rgb_u8(const float *a, const float *b, const float *c, const float *m, size_t count,
                         size_t rows, uint8_t *y, size_t stride) {
    for (size_t o = 0; o < count; o++) {
        int32_t rgb[3][BLOCK];
        for (size_t v = 0; v < BLOCK; v += LANES) {
            vf p = load(a + o * BLOCK + v), q = load(b + o * BLOCK + v), r = load(c + o * BLOCK + v);
            for (size_t i = 0; i < 3; i++) {
                vf sum = FMA(p, splat(m[4 * i]), splat(m[4 * i + 3] + 0.5f));
                sum = FMA(q, splat(m[4 * i + 1]), sum);
                sum = FMA(r, splat(m[4 * i + 2]), sum);
                sum = __builtin_elementwise_min(__builtin_elementwise_max(sum, (vf){}), splat(255.5f));
                vi whole = __builtin_convertvector(sum, vi);
                memcpy(&rgb[i][v], &whole, sizeof whole);
            }
        }
        for (size_t j = 0; j < rows; j++)
            for (size_t i = 0; i < 3; i++) y[j * stride + 3 * o + i] = (uint8_t)rgb[i][j];
    }
}
#undef BLOCK
