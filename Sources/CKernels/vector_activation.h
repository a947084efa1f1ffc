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

// The activation is a constant in each branch, so that inner loops hold no choice.
#define FOR_ACTIVATION(activation, call)                                                                   \
    switch (activation) {                                                                                  \
    case ck_none: { enum { A = ck_none }; call; break; }                                                   \
    case ck_swish: { enum { A = ck_swish }; call; break; }                                                 \
    case ck_relu6: { enum { A = ck_relu6 }; call; break; }                                                 \
    case ck_relu: { enum { A = ck_relu }; call; break; }                                                   \
    case ck_sigmoid: { enum { A = ck_sigmoid }; call; break; }                                             \
    }
