// What the AVX-512 sets with products of four bytes have in common, before vector.h.
#define VNNI
#define DOT4(sum, a, w) (vi) _mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(a), (__m512i)(w))
#define STORE_ROUNDED(y, row, vectors, count, table) \
    store_rounded_row(y, (const __m512 *)(row), vectors, count, table)
#define LOOK_UP(y, count, table) look_up_512(y, count, table)

static inline __attribute__((always_inline)) __mmask64 first_bytes(size_t count) {
    return count >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << count) - 1;
}

static inline __attribute__((always_inline)) __m512i looked_up(__m512i index, const uint8_t *table) {
    __m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(table), index, _mm512_loadu_si512(table + 64));
    __m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(table + 128), index, _mm512_loadu_si512(table + 192));
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high);
}

// One to four vectors of floats, rounded and cut to bytes, side by side.
static inline __attribute__((always_inline)) void store_rounded_row(uint8_t *y, const __m512 row[], int vectors,
                                                                    size_t count, const uint8_t *table) {
    __m512i whole[4];
    _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++)
        whole[v] = v < vectors ? _mm512_cvtps_epi32(row[v]) : whole[v - 1];
    __m512i low = _mm512_packs_epi32(whole[0], whole[1]);
    __m512i high = vectors > 2 ? _mm512_packs_epi32(whole[2], whole[3]) : low;
    // Packing leaves words of the vectors in turns: lane by lane, in a lane vector by vector.
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
    if (table) bytes = looked_up(bytes, table);
    _mm512_mask_storeu_epi8(y, first_bytes(count), bytes);
}

static inline __attribute__((always_inline)) void look_up_512(uint8_t *y, size_t count, const uint8_t *table) {
    for (size_t i = 0; i < count; i += 64) {
        __mmask64 mask = first_bytes(count - i);
        __m512i index = _mm512_maskz_loadu_epi8(mask, y + i);
        _mm512_mask_storeu_epi8(y + i, mask, looked_up(index, table));
    }
}
