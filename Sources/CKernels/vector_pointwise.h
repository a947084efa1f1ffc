// Matrix products over pixels (part of vector.h). A micro-tile is `rows` pixels by `vectors` vectors of
// columns, both constants where inlined; its sums stay in registers over the whole depth.

#ifndef LARGEST
#define LARGEST(a, b) ((a) > (b) ? (a) : (b))
enum { LARGEST_TILE = LARGEST(LARGEST(ROWS1, 2 * ROWS2), LARGEST(3 * ROWS3, 32)) };
_Static_assert(LARGEST_TILE * LANES <= CK_SELECTION_ROOM, "a tile fits a selection's room");

// Lanes above a limit; what is no number is not.
#ifndef ABOVE
typedef vi above;
#define ABOVE(x, limit) ((x) > (limit))
#define IS_ANY(x) (__builtin_reduce_or(x) != 0)
INLINE vi first_lanes(size_t count) {
    vi lanes;
    for (int i = 0; i < LANES; i++) lanes[i] = (size_t)i < count ? -1 : 0;
    return lanes;
}
#else
INLINE above first_lanes(size_t count) { return count < LANES ? (above)((1u << count) - 1) : (above)~0; }
#endif

__attribute__((noinline)) static void collect(const float *values, size_t rows, size_t stride, size_t columns,
                                              size_t width, size_t first, uint32_t place,
                                              struct ck_selection *s) {
    if (s->count + rows * columns > s->capacity) ck_selection_trim(s);
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < columns; n++) {
            float value = values[r * stride + n];
            if (value > s->limit && (!s->wanted || s->wanted[first + n]))
                s->keys[s->count++] = ck_key(value, place + (uint32_t)(r * width + n));
        }
}
// Results that stay floats are many bytes, written all at once where nobody has read them before: asks for a
// tile's place while it is being summed.
INLINE void prefetch_floats(const void *y, size_t width, int rows, int vectors) {
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            __builtin_prefetch((const float *)y + (size_t)r * width + (size_t)v * LANES, 1);
}

// sums + a * w, for the pairs of bfloat16 in each 32-bit word.
#ifndef DOT
INLINE vf upper(vf pair) { return (vf)((vi)pair & (int32_t)0xffff0000); }
INLINE vf lower(vf pair) { return (vf)((vi)pair << 16); }
#define DOT(sum, a, w) FMA(upper(a), upper(w), FMA(lower(a), lower(w), sum))
#endif

// Half a vector, where its products cost less than those of a whole one.
typedef float half_vector __attribute__((vector_size(LANES * 2), aligned(4), may_alias));
typedef int32_t half_words __attribute__((vector_size(LANES * 2), aligned(4), may_alias));
INLINE half_vector load_half_vector(const float *p) { return *(const half_vector *)p; }
INLINE half_vector lower_half(vf x) {
    half_vector half;
    memcpy(&half, &x, sizeof half);
    return half;
}
INLINE vf with_lower_half(half_vector x) {
    vf whole = {};
    memcpy(&whole, &x, sizeof x);
    return whole;
}
#ifndef HALF_DOT
INLINE half_vector half_upper(half_vector pair) { return (half_vector)((half_words)pair & (int32_t)0xffff0000); }
INLINE half_vector half_lower(half_vector pair) { return (half_vector)((half_words)pair << 16); }
#define HALF_DOT(sum, a, w) FMA(half_upper(a), half_upper(w), FMA(half_lower(a), half_lower(w), sum))
#endif
#endif

struct OF(part) {
    const ELEMENT *residual;
    void *y;
    size_t width, columns;
    int is_float;
    // Not null: values go there instead of y. Place of the tile's first value, number of its first column.
    struct ck_selection *selection;
    uint32_t place;
    size_t first;
};

// What of a tile is above the limit. Nearly nothing is.
INLINE void OF(collect)(vf sums[], int rows, int vectors, struct OF(part) to) {
    vf limit = splat(to.selection->limit);
    above any = {};
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) {
            above these = ABOVE(sums[r * vectors + v], limit);
            any |= v + 1 < vectors ? these : these & first_lanes(to.columns - (size_t)v * LANES);
        }
    if (!IS_ANY(any)) return;
    float values[LARGEST_TILE * LANES];
    UNROLL for (int i = 0; i < rows * vectors; i++) store(values + i * LANES, sums[i]);
    collect(values, (size_t)rows, (size_t)vectors * LANES, to.columns, to.width, to.first, to.place, to.selection);
}

// Rows whose swish goes side by side, see activate_ahead; stored before the next ones are begun, so that
// registers suffice. Constant: the activation, whether floats are stored, whether the last vector is whole.
INLINE void OF(finish_rows)(vf sums[], int rows, int vectors, struct OF(part) to, enum ck_activation activation,
                            int is_float, int is_whole) {
    const int together = vectors > 2 ? 1 : 4 / vectors;
    UNROLL for (int first = 0; first < rows; first += together) {
        const int end = first + together < rows ? first + together : rows;
        activate_ahead(sums + first * vectors, (end - first) * vectors, activation, STEP > 1);
        UNROLL for (int r = first; r < end; r++)
            UNROLL for (int v = 0; v < vectors; v++) {
                size_t at = (size_t)r * to.width + (size_t)v * LANES;
                // Only the last vector of a panel can be cut.
                size_t count = v + 1 < vectors || is_whole ? LANES : to.columns - (size_t)v * LANES;
                vf sum = activate_last(sums[r * vectors + v], activation);
                if (activation == ck_none && to.residual) sum += IN_PART(to.residual + at, count);
                if (STEP > 1 && is_float) store_part((float *)to.y + at, sum, count);
                else OUT_PART((ELEMENT *)to.y + at, sum, count);
            }
    }
}

INLINE void OF(finish)(vf sums[], int rows, int vectors, struct OF(part) to, enum ck_activation activation,
                       int is_float) {
    if (to.columns >= (size_t)vectors * LANES) OF(finish_rows)(sums, rows, vectors, to, activation, is_float, 1);
    else OF(finish_rows)(sums, rows, vectors, to, activation, is_float, 0);
}

static void OF(activate_stored)(struct OF(part) to, int rows, int vectors, enum ck_activation activation) {
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            size_t at = (size_t)r * to.width + (size_t)v * LANES, left = to.columns - (size_t)v * LANES;
            size_t count = left < LANES ? left : LANES;
            if (STEP > 1 && to.is_float)
                store_part((float *)to.y + at, activate(load_part((float *)to.y + at, count), activation), count);
            else
                OUT_PART((ELEMENT *)to.y + at, activate(IN_PART((ELEMENT *)to.y + at, count), activation), count);
        }
}

INLINE void OF(tile)(const struct ck_product *p, const ELEMENT *const *x, size_t from, const ELEMENT *panel,
                     const float *bias, struct OF(part) to, int rows, int vectors, int is_half) {
    const int whole = vectors - is_half;
    vf sums[LARGEST_TILE];
    half_vector halves[LARGEST_TILE];
    UNROLL for (int v = 0; v < whole; v++) {
        vf b = load(bias + v * LANES);
        UNROLL for (int r = 0; r < rows; r++) sums[r * vectors + v] = b;
    }
    if (is_half)
        UNROLL for (int r = 0; r < rows; r++) halves[r] = load_half_vector(bias + whole * LANES);
    size_t steps = p->depth / STEP, step = p->step;
    for (size_t t = 0; t < p->taps; t++) {
        const ELEMENT *line = x[t] + from * step;
        // The next tile's pixels are many short streams that the processor does not foresee.
        const ELEMENT *next = line + (size_t)rows * step;
        for (size_t k = 0; k < steps; k++, panel += vectors * LANES * STEP, next += 16 * STEP) {
            __builtin_prefetch(next);
            vf w[4];
            half_vector last = {};
            UNROLL for (int v = 0; v < whole; v++) w[v] = load((const float *)panel + v * LANES);
            if (is_half) last = load_half_vector((const float *)panel + whole * LANES);
            UNROLL for (int r = 0; r < rows; r++) {
                vf a = splat(*(const word *)(line + (size_t)r * step + k * STEP));
#ifdef HAS_HALVES
                if (is_half) KEEP_WHOLE(a);
#endif
                UNROLL for (int v = 0; v < whole; v++)
                    sums[r * vectors + v] = STEP > 1 ? DOT(sums[r * vectors + v], a, w[v])
                                                     : FMA(a, w[v], sums[r * vectors + v]);
                if (is_half)
                    halves[r] = STEP > 1 ? HALF_DOT(halves[r], lower_half(a), last) : FMA(lower_half(a), last, halves[r]);
            }
        }
    }
    if (is_half)
        UNROLL for (int r = 0; r < rows; r++) sums[r * vectors + whole] = with_lower_half(halves[r]);
    if (to.selection) {
        OF(collect)(sums, rows, vectors, to);
        return;
    }
    if (STEP > 1 && to.is_float) { // not by the short swish of bfloat16
        OF(finish)(sums, rows, vectors, to, ck_none, 1);
        if (p->activation != ck_none) OF(activate_stored)(to, rows, vectors, p->activation);
    } else if (p->activation == ck_swish) {
        OF(finish)(sums, rows, vectors, to, ck_swish, 0);
    } else if (p->activation == ck_relu6) {
        OF(finish)(sums, rows, vectors, to, ck_relu6, 0);
    } else { // the rare ones in memory, for the sake of the code's size
        OF(finish)(sums, rows, vectors, to, ck_none, 0);
        if (p->activation != ck_none) OF(activate_stored)(to, rows, vectors, p->activation);
    }
}

// All pixels of one panel: whole tiles, then what is left over in tiles of 8, 4, 2, 1.
#undef PANEL_FUNCTION
#undef PANEL_LOOP
#define PANEL_FUNCTION(name, vectors, is_half, full)                                                       \
    __attribute__((noinline)) static void OF(name)(const struct ck_product *p, const ELEMENT *const *x, size_t rows, \
                                const ELEMENT *panel, const float *bias, struct OF(part) to) {             \
        size_t r = 0;                                                                                      \
        PANEL_LOOP(full, vectors, is_half)                                                                 \
        if (full > 8) PANEL_LOOP(8, vectors, is_half)                                                      \
        if (full > 4) PANEL_LOOP(4, vectors, is_half)                                                      \
        if (full > 2) PANEL_LOOP(2, vectors, is_half)                                                      \
        PANEL_LOOP(1, vectors, is_half)                                                                    \
    }
#define PANEL_LOOP(count, vectors, is_half)                                                                \
    for (; r + count <= rows; r += count) {                                                                \
        struct OF(part) here = to;                                                                         \
        if (to.y) here.y = (char *)to.y + r * to.width * (to.is_float ? sizeof(float) : sizeof(ELEMENT));  \
        here.place += (uint32_t)(r * to.width);                                                            \
        if (to.residual) here.residual += r * to.width;                                                    \
        if (to.is_float && to.y) prefetch_floats(here.y, to.width, count, vectors);                        \
        OF(tile)(p, x, r, panel, bias, here, count, vectors, is_half);                                     \
    }
PANEL_FUNCTION(panel_1, 1, 0, TILE1)
PANEL_FUNCTION(panel_2, 2, 0, TILE2)
PANEL_FUNCTION(panel_3, 3, 0, TILE3)
#if VECTORS > 2
PANEL_FUNCTION(panel_4, 4, 0, TILE4)
#endif
// The last panel's last vector, where no more than half of it is wanted.
#ifdef HAS_HALVES
PANEL_FUNCTION(half_panel_2, 2, 1, TILE2)
PANEL_FUNCTION(half_panel_3, 3, 1, TILE3)
PANEL_FUNCTION(half_panel_4, 4, 1, TILE4)
#endif

// One panel; `to` is its part, from its first column on.
INLINE void OF(panel)(const struct ck_product *p, const void *const *x, size_t rows, size_t i, struct OF(part) to) {
    const size_t full = LANES * VECTORS, depth = p->taps * p->depth;
    const ELEMENT *panel = (const ELEMENT *)p->panels + i * depth * full;
    size_t n = i * full, columns = ck_panel_columns(LANES, VECTORS, p->width, i);
    to.columns = p->width - n < columns ? p->width - n : columns;
    const ELEMENT *const *lines = (const ELEMENT *const *)x;
#ifdef HAS_HALVES
    if (columns - to.columns >= LANES / 2) switch (columns / LANES) {
        case 2: OF(half_panel_2)(p, lines, rows, panel, p->bias + n, to); return;
        case 3: OF(half_panel_3)(p, lines, rows, panel, p->bias + n, to); return;
        case 4: OF(half_panel_4)(p, lines, rows, panel, p->bias + n, to); return;
    }
#endif
    switch (columns / LANES) {
    case 1: OF(panel_1)(p, lines, rows, panel, p->bias + n, to); break;
    case 2: OF(panel_2)(p, lines, rows, panel, p->bias + n, to); break;
    case 3: OF(panel_3)(p, lines, rows, panel, p->bias + n, to); break;
#if VECTORS > 2
    case 4: OF(panel_4)(p, lines, rows, panel, p->bias + n, to); break;
#endif
    }
}

static void OF(pointwise)(const struct ck_product *p, const void *const *x, size_t rows, size_t first,
                          size_t last, const void *residual, void *y) {
    for (size_t i = first; i < last; i++) {
        size_t n = i * LANES * VECTORS, bytes = p->stores_float ? sizeof(float) : sizeof(ELEMENT);
        struct OF(part) to = {
            .residual = residual ? (const ELEMENT *)residual + n : NULL,
            .y = (char *)y + n * bytes,
            .width = p->width,
            .is_float = p->stores_float,
        };
        OF(panel)(p, x, rows, i, to);
    }
}

static void OF(select)(const struct ck_product *p, const void *const *x, size_t rows, uint32_t place,
                       struct ck_selection *s) {
    for (size_t i = 0; i < ck_panel_count(LANES, VECTORS, p->width); i++) {
        size_t n = i * LANES * VECTORS;
        struct OF(part) to = {
            .width = p->width, .selection = s, .place = place + (uint32_t)n, .first = n};
        OF(panel)(p, x, rows, i, to);
    }
}
