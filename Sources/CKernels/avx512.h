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
