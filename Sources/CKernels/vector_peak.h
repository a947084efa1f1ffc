// The rate of products: sums in registers, no memory (part of vector.h, before DOT has a substitute;
// that of bytes stands in vector_bytes.h).

// The compiler may know nothing of a value, so that no product is computed once for all rounds.
#if defined(__aarch64__)
#define FORGET(v) __asm__ volatile("" : "+w"(v))
#else
#define FORGET(v) __asm__ volatile("" : "+v"(v))
#endif

static void peak_f32(size_t rounds, const float *x, const float *w, float *y) {
    vf a = load(x), b = load(w), sums[CK_PEAK_SUMS];
    UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) sums[i] = load(y + i * LANES);
    for (size_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) {
            FORGET(a);
            sums[i] = FMA(a, b, sums[i]);
        }
    UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) store(y + i * LANES, sums[i]);
}

static void peak_bf16(size_t rounds, const void *x, const void *w, float *y) {
    vf sums[CK_PEAK_SUMS];
    UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) sums[i] = load(y + i * LANES);
#ifdef DOT
    vf a = load(x), b = load(w);
    for (size_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) {
            FORGET(a);
            sums[i] = DOT(sums[i], a, b);
        }
#else
    // Without an instruction for pairs they are products of floats; taking the pairs apart is work, not rate.
    vi pairs = *(const vi *)x, weights = *(const vi *)w;
    vf a0 = (vf)(pairs << 16), a1 = (vf)(pairs & (int32_t)0xffff0000);
    vf b0 = (vf)(weights << 16), b1 = (vf)(weights & (int32_t)0xffff0000);
    for (size_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) {
            FORGET(a0);
            FORGET(a1);
            sums[i] = FMA(a1, b1, FMA(a0, b0, sums[i]));
        }
#endif
    UNROLL for (int i = 0; i < CK_PEAK_SUMS; i++) store(y + i * LANES, sums[i]);
}
