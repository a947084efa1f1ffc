// What all AVX-512 sets have in common, before vector.h: up to 28 sums, 4 weights; the broadcast comes from
// memory.
#define LANES 16
#define VECTORS 3
#define ROWS1 14
#define ROWS2 14
#define ROWS3 8
#define ROWS4 6
#define DEPTHWISE_WIDE 8
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define MAX(a, b) (vf) _mm512_max_ps((__m512)(a), (__m512)(b))
#define MIN(a, b) (vf) _mm512_min_ps((__m512)(a), (__m512)(b))
#define FIRST_LANES(count) ((__mmask16)((1u << (count)) - 1))
#define STORE_PART(p, v, count) _mm512_mask_storeu_ps(p, FIRST_LANES(count), (__m512)v)
#define LOAD_PART(v, p, count) v = (vf)_mm512_maskz_loadu_ps(FIRST_LANES(count), p)
#define LOAD_BYTES_PART(v, p, count) v = (vb)_mm_maskz_loadu_epi8(FIRST_LANES(count), p)
#define STORE_HALF_PART(p, v, count) _mm256_mask_storeu_epi16(p, FIRST_LANES(count), (__m256i)v)
#define LOAD_HALF_PART(v, p, count) v = (vh)_mm256_maskz_loadu_epi16(FIRST_LANES(count), p)
typedef __mmask16 above;
#define ABOVE(x, limit) _mm512_cmp_ps_mask((__m512)(x), (__m512)(limit), _CMP_GT_OQ)
#define IS_ANY(x) ((x) != 0)
#define FRACTION(x) (vf) _mm512_reduce_ps((__m512)(x), 0)
#define TIMES_POWER(p, n) (vf) _mm512_scalef_ps((__m512)(p), (__m512)(n))
#define FRACTION_ABOVE_FLOOR(x) (vf) _mm512_reduce_ps((__m512)(x), 1)
#define TIMES_POWER_OF_FLOOR TIMES_POWER
#define RECIPROCAL_ESTIMATE(x) (vf) _mm512_rcp14_ps((__m512)(x))
#define HAS_HALVES
// Else the compiler loads a half and spreads it once more for the whole.
#define KEEP_WHOLE(a) __asm__("" : "+v"(a))

static inline __attribute__((always_inline)) __mmask64 first_bytes(size_t count) {
    return count >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << count) - 1;
}

// One to four vectors of floats, rounded and cut to bytes, side by side.
static inline __attribute__((always_inline)) __m512i rounded_row(const __m512 row[], int vectors) {
    __m512i whole[4];
    _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++)
        whole[v] = v < vectors ? _mm512_cvtps_epi32(row[v]) : whole[v - 1];
    __m512i low = _mm512_packs_epi32(whole[0], whole[1]);
    __m512i high = vectors > 2 ? _mm512_packs_epi32(whole[2], whole[3]) : low;
    // Packing leaves words of the vectors in turns: lane by lane, in a lane vector by vector.
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
}
#define STORE_BLOCK(y, bytes, count) \
    BI(mask_storeu_epi8)(y, (typeof(BI(movepi8_mask)(bytes)))first_bytes(count), bytes)
#define TAP_BLOCK 64
