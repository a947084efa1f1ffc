// The sums of a micro-tile of bytes (part of vector_bytes_product.h): `rows` pixels by `vectors` vectors of columns,
// both constant where inlined.

#ifdef DOT4
INLINE void sum_bytes(const struct ck_product *p, const uint8_t *const *x, size_t from, const int8_t *panel,
                      vi sums[], int rows, int vectors, int is_half) {
    const int whole = vectors - is_half;
    half_vector halves[LARGEST_TILE];
    if (is_half)
        UNROLL for (int r = 0; r < rows; r++) halves[r] = (half_vector){};
    size_t steps = p->depth / 4, step = p->step;
    for (size_t t = 0; t < p->taps; t++) {
        const uint8_t *line = x[t] + from * step;
        // The next tile's pixels are many short streams that the processor does not foresee.
        const uint8_t *next = line + (size_t)rows * step;
        for (size_t k = 0; k < steps; k++, panel += vectors * LANES * 4, next += 64) {
            __builtin_prefetch(next);
            vi w[4];
            UNROLL for (int v = 0; v < whole; v++) w[v] = load_bytes4(panel + v * LANES * 4);
#ifdef HALF_DOT4
            half_vector last = {};
            if (is_half) last = load_half_vector((const float *)(panel + whole * LANES * 4));
#endif
            UNROLL for (int r = 0; r < rows; r++) {
                vi a = *(const four_bytes *)(line + (size_t)r * step + k * 4) - (vi){};
#ifdef HALF_DOT4
                if (is_half) {
                    KEEP_WHOLE(a);
                    halves[r] = HALF_DOT4(halves[r], lower_half((vf)a), last);
                }
#endif
                UNROLL for (int v = 0; v < whole; v++)
                    sums[r * vectors + v] = DOT4(sums[r * vectors + v], a, w[v]);
            }
        }
    }
    if (is_half)
        UNROLL for (int r = 0; r < rows; r++) sums[r * vectors + whole] = (vi)with_lower_half(halves[r]);
}
#else
// Products of pairs of 16-bit numbers: of every four bytes the even ones and the odd ones. Pixels are taken apart
// a piece at a time, ahead of the products; weights on the way, once for all pixels of the tile.
enum { piece_words = 64 };

INLINE void take_apart(const uint8_t *x, size_t words, int32_t *even, int32_t *odd) {
    for (size_t i = 0; i < words; i += LANES) {
        vi a = load_bytes4(x + i * 4);
        *(vi *)(even + i) = (vi)even_bytes(a);
        *(vi *)(odd + i) = (vi)odd_bytes(a);
    }
}

INLINE void add_pairs(vi sums[], const int32_t (*words)[2 * piece_words], const vs w[], int rows, int vectors) {
    UNROLL for (int r = 0; r < rows; r++) {
        vs a = (vs)(*words[r] - (vi){});
        UNROLL for (int v = 0; v < vectors; v++) {
            sums[r * vectors + v] += PAIRS(a, w[v]);
            // Else even and odd products are added to each other first, and do not fit the registers.
            FORGET(sums[r * vectors + v]);
        }
    }
}

INLINE void sum_bytes(const struct ck_product *p, const uint8_t *const *x, size_t from, const int8_t *panel,
                      vi sums[], int rows, int vectors, int is_half) {
    (void)is_half; // a half costs no less here
    int32_t words[LARGEST_TILE][2 * piece_words];
    for (size_t t = 0; t < p->taps; t++)
        for (size_t begin = 0; begin < p->depth / 4; begin += piece_words) {
            const size_t rest = p->depth / 4 - begin, steps = rest < piece_words ? rest : piece_words;
            for (int r = 0; r < rows; r++)
                take_apart(x[t] + (from + (size_t)r) * p->step + begin * 4, steps, words[r], words[r] + piece_words);
            for (size_t k = 0; k < steps; k++, panel += vectors * LANES * 4) {
                vs w[4];
                UNROLL for (int v = 0; v < vectors; v++) w[v] = (vs)load_bytes4(panel + v * LANES * 4) << 8 >> 8;
                add_pairs(sums, (const int32_t (*)[2 * piece_words])&words[0][k], w, rows, vectors);
                UNROLL for (int v = 0; v < vectors; v++) w[v] = (vs)load_bytes4(panel + v * LANES * 4) >> 8;
                add_pairs(sums, (const int32_t (*)[2 * piece_words])&words[0][k + piece_words], w, rows, vectors);
            }
        }
}
#endif
