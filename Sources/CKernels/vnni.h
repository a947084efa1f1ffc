// What the AVX-512 sets with products of four bytes and look-ups have in common, before vector.h.
#define HALF_DOT4(sum, a, w) (half_vector) _mm256_dpbusd_epi32((__m256i)(sum), (__m256i)(a), (__m256i)(w))
#define DOT4(sum, a, w) (vi) _mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(a), (__m512i)(w))
#define TAP_GROUP 4
#define ADD_GROUPS(sum, x, taps) BI(dpbusd_epi32)(sum, x, taps)
#define GROUP_OF_ONES BI(set1_epi8)(1)

static inline __attribute__((always_inline)) __m512i looked_up(__m512i index, const uint8_t *table) {
    __m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(table), index, _mm512_loadu_si512(table + 64));
    __m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(table + 128), index, _mm512_loadu_si512(table + 192));
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high);
}

static inline __attribute__((always_inline)) void store_looked_up(uint8_t *y, __m512i bytes, size_t count,
                                                                  const uint8_t *table) {
    _mm512_mask_storeu_epi8(y, first_bytes(count), table ? looked_up(bytes, table) : bytes);
}
#define LOOKS_UP_ON_STORE
#define STORE_ROUNDED(y, row, vectors, count, table) \
    store_looked_up(y, rounded_row((const __m512 *)(row), vectors), count, table)

static inline __attribute__((always_inline)) void look_up_512(uint8_t *y, size_t count, const uint8_t *table) {
    for (size_t i = 0; i < count; i += 64) {
        __mmask64 mask = first_bytes(count - i);
        __m512i index = _mm512_maskz_loadu_epi8(mask, y + i);
        _mm512_mask_storeu_epi8(y + i, mask, looked_up(index, table));
    }
}
#define LOOK_UP(y, count, table) look_up_512(y, count, table)
typedef const uint8_t *prepared_table;
#define PREPARE_TABLE(table) (table)
#define LOOK_UP_BLOCK_64(v, table) looked_up(v, *(table))
#define LOOK_UP_BLOCK_32(v, table) _mm512_castsi512_si256(looked_up(_mm512_castsi256_si512(v), *(table)))
