// The kernels over maps of bytes (part of vector.h). Sums are 32-bit whole numbers, so every set finds the
// same ones; only the rounding of what is made of them may differ by a step.

typedef int16_t vs __attribute__((vector_size(LANES * 4), aligned(2), may_alias));
typedef uint16_t vu __attribute__((vector_size(LANES * 4), aligned(2), may_alias));
typedef int8_t vc __attribute__((vector_size(LANES), aligned(1), may_alias));
typedef uint8_t vbytes __attribute__((vector_size(LANES * 4), aligned(1), may_alias));
typedef int32_t four_bytes __attribute__((aligned(1), may_alias));

// sum + the four products of unsigned bytes of `a` with signed bytes of `w` in each 32-bit word.
#ifndef DOT4
#ifndef PAIRS
// The sum of two neighbouring products of 16-bit numbers.
INLINE vi pairs(vs a, vs b) {
    return ((vi)a << 16 >> 16) * ((vi)b << 16 >> 16) + ((vi)a >> 16) * ((vi)b >> 16);
}
#define PAIRS(a, b) pairs(a, b)
#endif
INLINE vi dot4(vi sum, vi a, vi w) {
    vs even = (vs)(a & 0x00ff00ff), odd = (vs)((vu)a >> 8);
    return sum + PAIRS(even, (vs)w << 8 >> 8) + PAIRS(odd, (vs)w >> 8);
}
#define DOT4(sum, a, w) dot4(sum, a, w)
#endif

INLINE vi load_bytes4(const void *p) { return *(const vi *)p; }
INLINE vf floats_of(const uint8_t *p) { return __builtin_convertvector(__builtin_convertvector(*(const vb *)p, vi), vf); }
INLINE vf floats_part(const uint8_t *p, size_t count) {
    vb bytes = {};
    if (count >= LANES) bytes = *(const vb *)p;
    else LOAD_BYTES_PART(bytes, p, count);
    return __builtin_convertvector(__builtin_convertvector(bytes, vi), vf);
}

// Rounded to the nearest and cut to 0...255, in 32-bit words.
INLINE vi rounded(vf x) {
    // Adding 1.5 * 2^23 rounds to a whole number that stands in the low bits.
    return (vi)(at_most(at_least(x, 0.0f), 255.0f) + splat(12582912.0f)) & 0xff;
}

INLINE void store_rounded(uint8_t *y, vf x, size_t count) {
    vb bytes = __builtin_convertvector(rounded(x), vb);
    if (count >= LANES) *(vb *)y = bytes;
    else copy_part(y, &bytes, count);
}

static void peak_u8(size_t rounds, const void *x, const void *w, int32_t *y) {
    vi a = load_bytes4(x), b = load_bytes4(w), sums[CK_PEAK_SUMS];
    UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) sums[i] = load_bytes4(y + i * LANES);
    for (size_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) {
            FORGET(a);
            sums[i] = DOT4(sums[i], a, b);
        }
    UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) *(vi *)(y + i * LANES) = sums[i];
}
#undef FORGET

#ifndef LOOK_UP
static void look_up(uint8_t *y, size_t count, const uint8_t *table) {
    for (size_t i = 0; i < count; i++) y[i] = table[y[i]];
}
#define LOOK_UP(y, count, table) look_up(y, count, table)
#endif

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
#ifdef STORE_ROUNDED
            STORE_ROUNDED(y, row, vectors, to.columns, p->bytes.table);
#else
            UNROLL for (int v = 0; v < vectors; v++)
                store_rounded(y + v * LANES, row[v], v + 1 < vectors ? LANES : to.columns - (size_t)v * LANES);
#endif
        }
    }
}

INLINE void byte_tile(const struct ck_product *p, const uint8_t *const *x, size_t from, const int8_t *panel,
                      struct byte_part to, int rows, int vectors) {
    vi sums[LARGEST_TILE];
    UNROLL for (int i = 0; i < rows * vectors; i++) sums[i] = (vi){};
    size_t steps = p->depth / 4, step = p->step;
    for (size_t t = 0; t < p->taps; t++) {
        const uint8_t *line = x[t] + from * step;
        // The next tile's pixels are many short streams that the processor does not foresee.
        const uint8_t *next = line + (size_t)rows * step;
        for (size_t k = 0; k < steps; k++, panel += vectors * LANES * 4, next += 64) {
            __builtin_prefetch(next);
            vi w[4];
            UNROLL for (int v = 0; v < vectors; v++) w[v] = load_bytes4(panel + v * LANES * 4);
            UNROLL for (int r = 0; r < rows; r++) {
                vi a = *(const four_bytes *)(line + (size_t)r * step + k * 4) - (vi){};
                UNROLL for (int v = 0; v < vectors; v++)
                    sums[r * vectors + v] = DOT4(sums[r * vectors + v], a, w[v]);
            }
        }
    }
    if (to.selection) collect_bytes(sums, rows, vectors, to);
    else finish_bytes(p, sums, rows, vectors, to);
}

// All pixels of one panel: whole tiles, then what is left over in tiles of 8, 4, 2, 1.
#define BYTE_PANEL(vectors, full)                                                                          \
    __attribute__((noinline)) static void panel_##vectors##_u8(                                            \
        const struct ck_product *p, const uint8_t *const *x, size_t rows, const int8_t *panel,             \
        struct byte_part to) {                                                                             \
        size_t r = 0;                                                                                      \
        BYTE_LOOP(full, vectors)                                                                           \
        if (full > 8) BYTE_LOOP(8, vectors)                                                                \
        if (full > 4) BYTE_LOOP(4, vectors)                                                                \
        if (full > 2) BYTE_LOOP(2, vectors)                                                                \
        BYTE_LOOP(1, vectors)                                                                              \
    }
#define BYTE_LOOP(count, vectors)                                                                          \
    for (; r + count <= rows; r += count) {                                                                \
        struct byte_part here = to;                                                                        \
        if (to.y) here.y = (char *)to.y + r * to.width * (p->stores_float ? sizeof(float) : 1);            \
        here.place += (uint32_t)(r * to.width);                                                            \
        if (to.residual) here.residual += r * to.width;                                                    \
        if (p->stores_float && to.y) prefetch_floats(here.y, to.width, count, vectors);                                  \
        byte_tile(p, x, r, panel, here, count, vectors);                                                   \
    }
BYTE_PANEL(1, BYTE_ROWS1)
BYTE_PANEL(2, BYTE_ROWS2)
BYTE_PANEL(3, BYTE_ROWS3)
#if VECTORS > 2
BYTE_PANEL(4, BYTE_ROWS4)
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
#ifdef STORE_ROUNDED
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

static void fuse_u8(const uint8_t *const *x, const float *w, size_t inputs, size_t count, uint8_t *y,
                    const uint8_t *table) {
    for (size_t i = 0; i < count; i += LANES) {
        vf sum = splat(w[inputs]);
        for (size_t j = 0; j < inputs; j++) sum = FMA(floats_of(x[j] + i), splat(w[j]), sum);
        store_rounded(y + i, sum, count - i);
    }
    if (table) LOOK_UP(y, count, table);
}

INLINE void store_bytes_part(uint8_t *p, vbytes v, size_t count) {
    if (count >= sizeof v) *(vbytes *)p = v;
    else copy_part(p, &v, count);
}
#define OF(name) name##_u8
#define ELEMENT uint8_t
#define IN(p) (*(const vbytes *)(p))
#define OUT_PART(p, v, count) store_bytes_part(p, v, count)
#define POOLED vbytes
#define POOLED_LANES sizeof(vbytes)
#define LOWEST (vbytes){}
#define LARGER(a, b) __builtin_elementwise_max(a, b)
#include "vector_maxpool.h"
#undef OF
#undef ELEMENT
#undef IN
#undef OUT_PART

// Four neighbouring weights of a column stand side by side, so a vector holds LANES / 4 columns.
static void scale_u8(const float *x, const float *gate, size_t rows, size_t columns, const float *bias,
                     const struct ck_gated *g, int8_t *y, float *multipliers, float *biases) {
    enum { most_vectors = LANES * (VECTORS + 1) * 4 / LANES };
    const size_t vectors = columns * 4 / LANES;
    vf most[most_vectors], inverse[most_vectors];
    vi totals[most_vectors];
    for (size_t v = 0; v < vectors; v++) {
        most[v] = splat(0);
        totals[v] = (vi){};
    }
    for (size_t k = 0; k < rows; k += 4) {
        vf gates;
        for (int i = 0; i < LANES; i++) gates[i] = gate[k + (size_t)(i & 3)];
        for (size_t v = 0; v < vectors; v++) {
            vf value = load(x + k * columns + v * LANES) * gates;
            most[v] = MAX((vf)((vi)value & 0x7fffffff), most[v]);
        }
    }
    float scales[LANES * (VECTORS + 1)];
    for (size_t n = 0; n < columns; n++) {
        float largest = 0;
        for (size_t i = 0; i < 4; i++) largest = fmaxf(largest, most[(4 * n + i) / LANES][(4 * n + i) % LANES]);
        scales[n] = largest / 127;
        for (size_t i = 0; i < 4; i++)
            inverse[(4 * n + i) / LANES][(4 * n + i) % LANES] = largest > 1e-30f ? 127 / largest : 0;
    }
    for (size_t k = 0; k < rows; k += 4) {
        vf gates;
        for (int i = 0; i < LANES; i++) gates[i] = gate[k + (size_t)(i & 3)];
        for (size_t v = 0; v < vectors; v++) {
            size_t at = k * columns + v * LANES;
            vf value = load(x + at) * gates * inverse[v] + splat(12582912.0f);
            vi whole = (vi)value << 16 >> 16; // the low half holds the rounded number
            totals[v] += whole;
            *(vc *)(y + at) = __builtin_convertvector(whole, vc);
        }
    }
    for (size_t n = 0; n < columns; n++) {
        int32_t total = 0;
        for (size_t i = 0; i < 4; i++) total += totals[(4 * n + i) / LANES][(4 * n + i) % LANES];
        multipliers[n] = g->input_scale * scales[n] / g->output_scale;
        biases[n] =
            (bias[n] - g->input_scale * scales[n] * g->input_zero * (float)total) / g->output_scale + g->output_zero;
    }
}

#ifdef VNNI
#include "vnni_depthwise.h"
#else
// Written to be right on every processor; fast is what a set with products of four bytes has.
static void depthwise_u8(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    const size_t channels = d->channels;
    for (size_t ox = 0; ox < d->out_width; ox++) {
        uint8_t *out = (uint8_t *)y + ox * channels;
        for (size_t c = 0; c < channels; c += LANES) {
            vi sum = {};
            for (size_t ky = 0; ky < d->kernel; ky++)
                for (size_t kx = 0; kx < d->kernel; kx++) {
                    size_t iy = row * d->stride + ky - d->pad_top, ix = ox * d->stride + kx - d->pad_left;
                    int is_inside = iy < d->height && ix < d->width; // wraps below zero
                    const uint8_t *from =
                        is_inside ? (const uint8_t *)x + ((iy % d->ring) * d->width + ix) * channels : d->bytes.outside;
                    sum += __builtin_convertvector(*(const vb *)(from + c), vi) *
                           __builtin_convertvector(*(const vc *)(d->taps + (ky * d->kernel + kx) * channels + c), vi);
                }
            vf value = FMA(__builtin_convertvector(sum, vf), load(d->bytes.multipliers + c), load(d->bias + c));
            store_rounded(out + c, value, channels - c);
        }
        if (d->bytes.table) LOOK_UP(out, channels, d->bytes.table);
        if (sums)
            for (size_t c = 0; c < channels; c++) sums[c] += out[c];
    }
}
#endif
