// Matrix products of bytes over pixels (part of vector_bytes.h).

#ifndef BYTE_ROWS1
#define BYTE_ROWS1 ROWS1
#define BYTE_ROWS2 ROWS2
#define BYTE_ROWS3 ROWS3
#if VECTORS > 2
#define BYTE_ROWS4 ROWS4
#endif
#endif

// Where a micro-tile goes: its columns of the panel, how many there are.
struct byte_part {
    const float *multipliers, *bias;
    const uint8_t *residual;
    void *y;
    size_t width, columns;
    // Not null: values go there instead of y. Place of the tile's first value, number of its first column.
    struct ck_selection *selection;
    uint32_t place;
    size_t first;
};

// What of a tile is above the limit. Nearly nothing is.
INLINE void collect_bytes(const vi sums[], int rows, int vectors, struct byte_part to) {
    vf limit = splat(to.selection->limit);
    above any = {};
    vf values[LARGEST_TILE];
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) {
            size_t first = (size_t)v * LANES;
            vf value = FMA(__builtin_convertvector(sums[r * vectors + v], vf), load(to.multipliers + first),
                           load(to.bias + first));
            above these = ABOVE(value, limit);
            any |= v + 1 < vectors ? these : these & first_lanes(to.columns - first);
            values[r * vectors + v] = value;
        }
    if (!IS_ANY(any)) return;
    float stored[LARGEST_TILE * LANES];
    UNROLL for (int i = 0; i < rows * vectors; i++) store(stored + i * LANES, values[i]);
    collect(stored, (size_t)rows, (size_t)vectors * LANES, to.columns, to.width, to.first, to.place, to.selection);
}

INLINE void finish_bytes(const struct ck_product *p, const vi sums[], int rows, int vectors, struct byte_part to) {
    UNROLL for (int r = 0; r < rows; r++) {
        vf row[4];
        UNROLL for (int v = 0; v < vectors; v++) {
            size_t first = (size_t)v * LANES, at = (size_t)r * to.width + first;
            vf sum = __builtin_convertvector(sums[r * vectors + v], vf);
            row[v] = FMA(sum, load(to.multipliers + first), load(to.bias + first));
            if (to.residual)
                row[v] = FMA(floats_part(to.residual + at, v + 1 < vectors ? LANES : to.columns - first),
                             splat(p->bytes.residual), row[v]);
        }
        if (p->stores_float) {
            UNROLL for (int v = 0; v < vectors; v++) {
                size_t first = (size_t)v * LANES;
                store_part((float *)to.y + (size_t)r * to.width + first, row[v],
                           v + 1 < vectors ? LANES : to.columns - first);
            }
        } else {
            uint8_t *y = (uint8_t *)to.y + (size_t)r * to.width;
            STORE_ROUNDED(y, row, vectors, to.columns, p->bytes.table);
        }
    }
}

#include "vector_bytes_sums.h"

INLINE void byte_tile(const struct ck_product *p, const uint8_t *const *x, size_t from, const int8_t *panel,
                      struct byte_part to, int rows, int vectors, int is_half) {
    vi sums[LARGEST_TILE];
    UNROLL for (int i = 0; i < rows * vectors; i++) sums[i] = (vi){};
    sum_bytes(p, x, from, panel, sums, rows, vectors, is_half);
    if (to.selection) collect_bytes(sums, rows, vectors, to);
    else finish_bytes(p, sums, rows, vectors, to);
}

// All pixels of one panel: whole tiles, then what is left over in tiles of 8, 4, 2, 1.
#define BYTE_PANEL(name, vectors, is_half, full)                                                           \
    __attribute__((noinline)) static void name##_u8(                                                       \
        const struct ck_product *p, const uint8_t *const *x, size_t rows, const int8_t *panel,             \
        struct byte_part to) {                                                                             \
        size_t r = 0;                                                                                      \
        BYTE_LOOP(full, vectors, is_half)                                                                  \
        if (full > 8) BYTE_LOOP(8, vectors, is_half)                                                       \
        if (full > 4) BYTE_LOOP(4, vectors, is_half)                                                       \
        if (full > 2) BYTE_LOOP(2, vectors, is_half)                                                       \
        BYTE_LOOP(1, vectors, is_half)                                                                     \
    }
#define BYTE_LOOP(count, vectors, is_half)                                                                 \
    for (; r + count <= rows; r += count) {                                                                \
        struct byte_part here = to;                                                                        \
        if (to.y) here.y = (char *)to.y + r * to.width * (p->stores_float ? sizeof(float) : 1);            \
        here.place += (uint32_t)(r * to.width);                                                            \
        if (to.residual) here.residual += r * to.width;                                                    \
        if (p->stores_float && to.y) prefetch_floats(here.y, to.width, count, vectors);                    \
        byte_tile(p, x, r, panel, here, count, vectors, is_half);                                          \
    }
BYTE_PANEL(panel_1, 1, 0, BYTE_ROWS1)
BYTE_PANEL(panel_2, 2, 0, BYTE_ROWS2)
BYTE_PANEL(panel_3, 3, 0, BYTE_ROWS3)
#if VECTORS > 2
BYTE_PANEL(panel_4, 4, 0, BYTE_ROWS4)
#endif
#ifdef HALF_DOT4
BYTE_PANEL(half_panel_2, 2, 1, BYTE_ROWS2)
BYTE_PANEL(half_panel_3, 3, 1, BYTE_ROWS3)
BYTE_PANEL(half_panel_4, 4, 1, BYTE_ROWS4)
#endif

// Activations of floats and results by table, over what a product has just stored.
static void finish_columns(const struct ck_product *p, size_t rows, size_t first, size_t count, void *y) {
    // Whole pixels stand without gaps.
    if (count == p->width) {
        count *= rows;
        rows = 1;
    }
    for (size_t r = 0; r < rows; r++) {
        size_t at = r * p->width + first;
        if (!p->stores_float) {
            LOOK_UP((uint8_t *)y + at, count, p->bytes.table);
            continue;
        }
        for (size_t n = 0; n < count; n += LANES) {
            float *here = (float *)y + at + n;
            store_part(here, activate(load_part(here, count - n), p->activation), count - n);
        }
    }
}

// One panel; `to` is its part, from its first column on.
INLINE void byte_panel(const struct ck_product *p, const uint8_t *const *lines, size_t rows, size_t i,
                       struct byte_part to) {
    const size_t full = LANES * VECTORS;
    const int8_t *panel = (const int8_t *)p->panels + i * p->taps * p->depth * full;
    size_t n = i * full, columns = ck_panel_columns(LANES, VECTORS, p->width, i);
    to.multipliers = p->bytes.multipliers + n;
    to.bias = p->bias + n;
    to.width = p->width;
    to.columns = p->width - n < columns ? p->width - n : columns;
#ifdef HALF_DOT4
    // No more than half of the last panel's last vector is wanted.
    if (columns - to.columns >= LANES / 2) switch (columns / LANES) {
        case 2: half_panel_2_u8(p, lines, rows, panel, to); return;
        case 3: half_panel_3_u8(p, lines, rows, panel, to); return;
        case 4: half_panel_4_u8(p, lines, rows, panel, to); return;
        }
#endif
    switch (columns / LANES) {
    case 1: panel_1_u8(p, lines, rows, panel, to); break;
    case 2: panel_2_u8(p, lines, rows, panel, to); break;
    case 3: panel_3_u8(p, lines, rows, panel, to); break;
#if VECTORS > 2
    case 4: panel_4_u8(p, lines, rows, panel, to); break;
#endif
    }
}

static void select_u8(const struct ck_product *p, const void *const *x, size_t rows, uint32_t place,
                      struct ck_selection *s) {
    for (size_t i = 0; i < ck_panel_count(LANES, VECTORS, p->width); i++) {
        size_t n = i * LANES * VECTORS;
        byte_panel(p, (const uint8_t *const *)x, rows, i,
                   (struct byte_part){.selection = s, .place = place + (uint32_t)n, .first = n});
    }
}

static void byte_panels(const struct ck_product *p, const uint8_t *const *lines, size_t rows, size_t first,
                        size_t last, const void *residual, void *y) {
    const size_t full = LANES * VECTORS;
    for (size_t i = first; i < last; i++) {
        size_t n = i * full;
        byte_panel(p, lines, rows, i,
                   (struct byte_part){.residual = residual ? (const uint8_t *)residual + n : NULL,
                                      .y = (char *)y + n * (p->stores_float ? sizeof(float) : 1)});
    }
#ifdef LOOKS_UP_ON_STORE
    const int is_finished = !p->stores_float || p->activation == ck_none;
#else
    const int is_finished = p->stores_float ? p->activation == ck_none : p->bytes.table == NULL;
#endif
    if (last > first && !is_finished) {
        size_t n = first * full, end = (last - 1) * full + ck_panel_columns(LANES, VECTORS, p->width, last - 1);
        finish_columns(p, rows, n, (end < p->width ? end : p->width) - n, y);
    }
}

// Pixels of a wide result are made few at a time, so that what the panels write beside each other is still
// in the first-level cache.
static void pointwise_u8(const struct ck_product *p, const void *const *x, size_t rows, size_t first,
                         size_t last, const void *residual, void *y) {
    const uint8_t *lines[largest_kernel];
    for (size_t t = 0; t < p->taps; t++) lines[t] = x[t];
    const size_t pixel = p->width * (p->stores_float ? sizeof(float) : 1);
    const size_t block = last - first < 2 || pixel < 1024 ? rows : 24;
    for (size_t r = 0; r < rows; r += block) {
        size_t count = rows - r < block ? rows - r : block;
        byte_panels(p, lines, count, first, last, residual ? (const uint8_t *)residual + r * p->width : NULL,
                    (char *)y + r * pixel);
        for (size_t t = 0; t < p->taps; t++) lines[t] += block * p->step;
    }
}

