// Element-wise kernels (part of vector.h).

// `vectors` (constant) vectors from `i` on; `count` counts from there.
INLINE void OF(fuse_few)(const ELEMENT *const *x, const float *w, size_t inputs, size_t i, size_t count,
                         ELEMENT *y, int vectors, enum ck_activation activation) {
    vf sums[4];
    UNROLL for (int v = 0; v < vectors; v++) sums[v] = IN(x[0] + i + v * LANES) * splat(w[0]);
    for (size_t j = 1; j < inputs; j++)
        UNROLL for (int v = 0; v < vectors; v++) sums[v] = FMA(IN(x[j] + i + v * LANES), splat(w[j]), sums[v]);
    activate_ahead(sums, vectors, activation, STEP > 1);
    UNROLL for (int v = 0; v < vectors; v++)
        OUT_PART(y + i + v * LANES, activate_last(sums[v], activation), v + 1 < vectors ? LANES : count - (size_t)v * LANES);
}

INLINE void OF(fuse_all)(const ELEMENT *const *x, const float *w, size_t inputs, size_t count, ELEMENT *y,
                 enum ck_activation activation) {
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) OF(fuse_few)(x, w, inputs, i, count - i, y, 4, activation);
    for (; i < count; i += LANES) OF(fuse_few)(x, w, inputs, i, count - i, y, 1, activation);
}

static void OF(fuse)(const void *const *x, const float *w, size_t inputs, size_t count, void *y,
                     enum ck_activation activation) {
    FOR_ACTIVATION(activation,
                   OF(fuse_all)((const ELEMENT *const *)x, w, inputs, count, y, (enum ck_activation)A))
}
