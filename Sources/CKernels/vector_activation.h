// Activations of vectors (part of vector.h).

// 2^x for x up to 126 (0 far below): 2^n by the exponent, 2^f by a minimax polynomial whose relative error
// on -0.5...0.5 is 7.5e-8.
INLINE vf exp2_bounded(vf x) {
#ifdef FRACTION
    vf f = FRACTION(x);
#else
    x = at_least(x, -126.0f);
    const vf magic = splat(12582912.0f); // 1.5 * 2^23: adding it rounds to a whole number
    vf shifted = x + magic;
    vf f = x - (shifted - magic);
#endif
    vf p = splat(1.32764725e-3f);
    p = FMA(p, f, splat(9.67554189e-3f));
    p = FMA(p, f, splat(5.55071309e-2f));
    p = FMA(p, f, splat(2.40221202e-1f));
    p = FMA(p, f, splat(6.93146944e-1f));
    p = FMA(p, f, splat(1.00000012f));
#ifdef FRACTION
    return TIMES_POWER(p, x - f);
#else
    return (vf)((vi)p + ((vi)shifted << 23)); // the rounded number stands in the low bits
#endif
}

// A division, not an estimate: it is as fast beside the polynomial, and the same on every processor.
INLINE vf sigmoid(vf x) {
    return splat(1.0f) / (splat(1.0f) + exp2_bounded(at_most(x * splat(-1.44269504f), 126.0f)));
}

INLINE vf swish(vf x) {
    return x / (splat(1.0f) + exp2_bounded(at_most(x * splat(-1.44269504f), 126.0f)));
}

INLINE vf activate(vf x, enum ck_activation activation) {
    switch (activation) {
    case ck_none: return x;
    case ck_swish: return swish(x);
    case ck_relu6: return at_most(at_least(x, 0.0f), 6.0f);
    case ck_relu: return at_least(x, 0.0f);
    case ck_sigmoid: return sigmoid(x);
    }
    return x;
}

#ifdef RECIPROCAL_ESTIMATE
// For results that become bfloat16: to half of its last place. A polynomial of two steps for 2^f on 0...1
// (1.7e-3 at most), and an estimate for the reciprocal instead of the division, whose ten cycles would be
// the limit. What lies far below zero makes the power infinite and its reciprocal zero. Step by step for
// all vectors: one after the other, their chains of latencies fill the processor's queues.
#define FOR_ALL UNROLL for (int i = 0; i < count; i++)
INLINE void short_swish_few(vf x[], int count) {
    vf t[4], f[4], p[4];
    FOR_ALL t[i] = x[i] * splat(-1.44269504f);
    FOR_ALL f[i] = FRACTION_ABOVE_FLOOR(t[i]);
    FOR_ALL p[i] = FMA(splat(0.337189439f), f[i], splat(0.657636298f));
    FOR_ALL p[i] = FMA(p[i], f[i], splat(1.00172475f));
    FOR_ALL p[i] = splat(1.0f) + TIMES_POWER_OF_FLOOR(p[i], t[i]);
    FOR_ALL x[i] = x[i] * RECIPROCAL_ESTIMATE(p[i]);
}
INLINE void swish_few(vf x[], int count) {
    vf t[4], f[4], p[4];
    FOR_ALL t[i] = at_most(x[i] * splat(-1.44269504f), 126.0f);
    FOR_ALL f[i] = FRACTION_ABOVE_FLOOR(t[i]);
    FOR_ALL p[i] = FMA(splat(0.00187757668f), f[i], splat(0.00898934014f));
    FOR_ALL p[i] = FMA(p[i], f[i], splat(0.0558263179f));
    FOR_ALL p[i] = FMA(p[i], f[i], splat(0.240153617f));
    FOR_ALL p[i] = FMA(p[i], f[i], splat(0.693153073f));
    FOR_ALL p[i] = FMA(p[i], f[i], splat(0.999999925f));
    FOR_ALL p[i] = splat(1.0f) + TIMES_POWER_OF_FLOOR(p[i], t[i]);
    FOR_ALL x[i] = x[i] / p[i];
}
#undef FOR_ALL
#endif

// What pays to be done step by step for many vectors before they are stored: swish. `is_short`: the
// results become bfloat16.
INLINE void activate_ahead(vf x[], int count, enum ck_activation activation, int is_short) {
    if (activation != ck_swish) return;
#ifdef RECIPROCAL_ESTIMATE
    UNROLL for (int i = 0; i < count; i += 4) {
        int few = count - i < 4 ? count - i : 4;
        if (is_short) short_swish_few(x + i, few);
        else swish_few(x + i, few);
    }
#else
    (void)is_short;
    UNROLL for (int i = 0; i < count; i++) x[i] = swish(x[i]);
#endif
}

// The others, on the way to the store.
INLINE vf activate_last(vf x, enum ck_activation activation) {
    return activation == ck_swish ? x : activate(x, activation);
}

// The activation is a constant in each branch, so that inner loops hold no choice.
#define FOR_ACTIVATION(activation, call)                                                                   \
    switch (activation) {                                                                                  \
    case ck_none: { enum { A = ck_none }; call; break; }                                                   \
    case ck_swish: { enum { A = ck_swish }; call; break; }                                                 \
    case ck_relu6: { enum { A = ck_relu6 }; call; break; }                                                 \
    case ck_relu: { enum { A = ck_relu }; call; break; }                                                   \
    case ck_sigmoid: { enum { A = ck_sigmoid }; call; break; }                                             \
    }
