// What the sets of 256 bits have in common, before vector.h: up to 12 sums, 2 or 3 weights and a broadcast of the
// 16 registers.
#define LANES 8
#define VECTORS 2
#define ROWS1 8
#define ROWS2 6
#define ROWS3 3
#define HALF_ROWS1 6
#define HALF_ROWS2 4
#define HALF_ROWS3 2
#define DEPTHWISE_WIDE 4
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define MAX(a, b) (vf) _mm256_max_ps((__m256)(a), (__m256)(b))
#define MIN(a, b) (vf) _mm256_min_ps((__m256)(a), (__m256)(b))
#include "shuffled_table.h"

// One to three vectors of floats, rounded and cut to bytes, side by side.
static inline __attribute__((always_inline)) void store_rounded_256(uint8_t *y, const __m256 row[], int vectors,
                                                                    size_t count) {
    __m256i whole[4];
    _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++)
        whole[v] = v < vectors ? _mm256_cvtps_epi32(row[v]) : whole[v - 1];
    __m256i low = _mm256_packs_epi32(whole[0], whole[1]);
    __m256i high = vectors > 2 ? _mm256_packs_epi32(whole[2], whole[3]) : low;
    // Packing leaves words of the vectors in turns: half by half, in a half vector by vector.
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), order);
    store_first_bytes(y, bytes, count < (size_t)vectors * 8 ? count : (size_t)vectors * 8);
}

#define STORE_ROUNDED(y, row, vectors, count, table) store_rounded_256(y, (const __m256 *)(row), vectors, count)
#define STORE_BLOCK(y, bytes, count) store_first_bytes(y, bytes, count)
#define TAP_BLOCK 32
