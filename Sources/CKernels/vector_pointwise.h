// Matrix products over pixels (part of vector.h). A micro-tile is `rows` pixels by `vectors` vectors of
// columns, both constants where inlined; its sums stay in registers over the whole depth.

#define LARGEST(a, b) ((a) > (b) ? (a) : (b))
enum { LARGEST_TILE = LARGEST(LARGEST(ROWS1, 2 * ROWS2), LARGEST(3 * ROWS3, 32)) };

struct part {
    const float *residual;
    float *y;
    size_t width, columns;
};

INLINE void finish(vf sums[], int rows, int vectors, struct part to, enum ck_activation activation) {
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) {
            size_t at = (size_t)r * to.width + (size_t)v * LANES, left = to.columns - (size_t)v * LANES;
            vf sum = activate(sums[r * vectors + v], activation);
            // Only the last vector of a panel can be cut.
            if (v + 1 < vectors) {
                if (to.residual) sum += load(to.residual + at);
                store(to.y + at, sum);
            } else {
                if (to.residual) sum += load_part(to.residual + at, left);
                store_part(to.y + at, sum, left);
            }
        }
}

INLINE void tile(const struct ck_product *p, const float *const *x, size_t from, const float *panel,
                 const float *bias, struct part to, int rows, int vectors) {
    vf sums[LARGEST_TILE];
    UNROLL for (int v = 0; v < vectors; v++) {
        vf b = load(bias + v * LANES);
        UNROLL for (int r = 0; r < rows; r++) sums[r * vectors + v] = b;
    }
    size_t depth = p->depth, step = p->step;
    for (size_t t = 0; t < p->taps; t++) {
        const float *line = x[t] + from * step;
        // The next tile's pixels are many short streams that the processor does not foresee.
        const float *next = line + (size_t)rows * step;
        for (size_t k = 0; k < depth; k++, panel += vectors * LANES, next += 16) {
            __builtin_prefetch(next);
            vf w[4];
            UNROLL for (int v = 0; v < vectors; v++) w[v] = load(panel + v * LANES);
            UNROLL for (int r = 0; r < rows; r++) {
                vf a = splat(line[(size_t)r * step + k]);
                UNROLL for (int v = 0; v < vectors; v++)
                    sums[r * vectors + v] = FMA(a, w[v], sums[r * vectors + v]);
            }
        }
    }
    FOR_ACTIVATION(p->activation, finish(sums, rows, vectors, to, (enum ck_activation)A))
}

// All pixels of one panel: whole tiles, then what is left over in tiles of 8, 4, 2, 1.
#define PANEL_FUNCTION(vectors, full)                                                                      \
    __attribute__((noinline)) static void panel_##vectors(const struct ck_product *p, const float *const *x, size_t rows,            \
                                const float *panel, const float *bias, struct part to) {                   \
        size_t r = 0;                                                                                      \
        PANEL_LOOP(full, vectors)                                                                          \
        if (full > 8) PANEL_LOOP(8, vectors)                                                               \
        if (full > 4) PANEL_LOOP(4, vectors)                                                               \
        if (full > 2) PANEL_LOOP(2, vectors)                                                               \
        PANEL_LOOP(1, vectors)                                                                             \
    }
#define PANEL_LOOP(count, vectors)                                                                         \
    for (; r + count <= rows; r += count) {                                                                \
        struct part here = to;                                                                             \
        here.y += r * to.width;                                                                            \
        if (to.residual) here.residual += r * to.width;                                                    \
        tile(p, x, r, panel, bias, here, count, vectors);                                                  \
    }
PANEL_FUNCTION(1, ROWS1)
PANEL_FUNCTION(2, ROWS2)
PANEL_FUNCTION(3, ROWS3)
#if VECTORS > 2
PANEL_FUNCTION(4, ROWS4)
#endif

static void pointwise_f32(const struct ck_product *p, const void *const *x, size_t rows, size_t first,
                          size_t last, const void *residual, void *y) {
    const size_t full = LANES * VECTORS, depth = p->taps * p->depth;
    for (size_t i = first; i < last; i++) {
        const float *panel = (const float *)p->panels + i * depth * full;
        size_t n = i * full, columns = ck_panel_columns(LANES, VECTORS, p->width, i);
        struct part to = {residual ? (const float *)residual + n : NULL, (float *)y + n, p->width,
                          p->width - n < columns ? p->width - n : columns};
        const float *const *lines = (const float *const *)x;
        switch (columns / LANES) {
        case 1: panel_1(p, lines, rows, panel, p->bias + n, to); break;
        case 2: panel_2(p, lines, rows, panel, p->bias + n, to); break;
        case 3: panel_3(p, lines, rows, panel, p->bias + n, to); break;
#if VECTORS > 2
        case 4: panel_4(p, lines, rows, panel, p->bias + n, to); break;
#endif
        }
    }
}
