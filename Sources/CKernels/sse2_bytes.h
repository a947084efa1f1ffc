// Bytes with SSE2, before vector.h.
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#define PAIRS(a, b) (vi) _mm_madd_epi16((__m128i)(a), (__m128i)(b))
#define TAP_GROUP 2
#define TAP_BLOCK 16
#define ADD_GROUPS(sum, x, taps) _mm_add_epi32(sum, _mm_madd_epi16(x, taps))
#define GROUP_OF_ONES _mm_set1_epi16(1)

static inline __attribute__((always_inline)) void store_first_bytes(uint8_t *y, __m128i bytes, size_t count) {
    if (count >= 16) {
        _mm_storeu_si128((__m128i *)y, bytes);
        return;
    }
    if (count & 8) {
        _mm_storel_epi64((__m128i *)y, bytes);
        bytes = _mm_unpackhi_epi64(bytes, bytes);
        y += 8;
    }
    uint64_t rest = (uint64_t)_mm_cvtsi128_si64(bytes);
    for (count &= 7; count > 0; count--, rest >>= 8) *y++ = (uint8_t)rest;
}
#define STORE_BLOCK(y, bytes, count) store_first_bytes(y, bytes, count)

// One to three vectors of floats, rounded and cut to bytes, side by side.
static inline __attribute__((always_inline)) void store_rounded_128(uint8_t *y, const __m128 row[], int vectors,
                                                                    size_t count) {
    __m128i whole[4];
    _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++)
        whole[v] = v < vectors ? _mm_cvtps_epi32(row[v]) : whole[v - 1];
    __m128i low = _mm_packs_epi32(whole[0], whole[1]);
    __m128i high = vectors > 2 ? _mm_packs_epi32(whole[2], whole[3]) : low;
    store_first_bytes(y, _mm_packus_epi16(low, high), count < (size_t)vectors * 4 ? count : (size_t)vectors * 4);
}
#define STORE_ROUNDED(y, row, vectors, count, table) store_rounded_128(y, (const __m128 *)(row), vectors, count)

typedef const uint8_t *prepared_table;
static inline uint64_t eight_looked_up(uint64_t index, const uint8_t *table) {
    uint64_t found = 0;
    for (int i = 0; i < 64; i += 8) found |= (uint64_t)table[index >> i & 0xff] << i;
    return found;
}
static inline __m128i looked_up(__m128i index, const uint8_t *table) {
    uint64_t low = (uint64_t)_mm_cvtsi128_si64(index);
    uint64_t high = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(index, index));
    return _mm_set_epi64x((int64_t)eight_looked_up(high, table), (int64_t)eight_looked_up(low, table));
}
#define PREPARE_TABLE(table) (table)
#define LOOK_UP_BLOCK_16(bytes, table) looked_up(bytes, *(table))

static inline void look_up(uint8_t *y, size_t count, const uint8_t *table) {
    for (size_t i = 0; i < count; i++) y[i] = table[y[i]];
}
#define LOOK_UP(y, count, table) look_up(y, count, table)
