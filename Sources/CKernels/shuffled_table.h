// Results by table for sets that have shuffles within 16 bytes and no larger ones, before vector.h.

// A table of 256 in sixteenths for the shuffle, in both halves of a vector. Each sixteenth but the first and
// the ninth is its difference (exclusive or) to the one before.
struct shuffles {
    __m256i at[16];
};

static inline __attribute__((always_inline)) struct shuffles shuffles_of(const uint8_t *table) {
    struct shuffles s;
    __m256i before = _mm256_setzero_si256();
    for (int i = 0; i < 16; i++) {
        __m256i here = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(table + 16 * i)));
        s.at[i] = i == 8 ? here : _mm256_xor_si256(here, before);
        before = here;
    }
    return s;
}

// The shuffle gives 0 where an index is negative, so each half of the table adds up (by exclusive or) the
// differences up to an index's sixteenth, and nothing where the index belongs to the other half: counted down,
// it stays negative.
static inline __attribute__((always_inline)) __m256i shuffled(__m256i index, const struct shuffles *s) {
    __m256i sixteen = _mm256_set1_epi8(16);
    // Else the compiler makes seven constants of it, each to be loaded.
    __asm__("" : "+x"(sixteen));
    __m256i low = index, high = _mm256_xor_si256(index, _mm256_set1_epi8(-128));
    __m256i found = _mm256_setzero_si256();
    _Pragma("clang loop unroll(full)") for (int i = 0; i < 8; i++) {
        __m256i a = _mm256_shuffle_epi8(s->at[i], low), b = _mm256_shuffle_epi8(s->at[i + 8], high);
        found = _mm256_xor_si256(found, _mm256_xor_si256(a, b));
        low = _mm256_subs_epi8(low, sixteen);
        high = _mm256_subs_epi8(high, sixteen);
    }
    return found;
}

// The first `count`; without a call, for which all registers would have to be put away.
static inline __attribute__((always_inline)) void store_first_bytes(uint8_t *y, __m256i bytes, size_t count) {
    if (count >= 32) {
        _mm256_storeu_si256((__m256i *)y, bytes);
        return;
    }
    __m128i low = _mm256_castsi256_si128(bytes);
    if (count & 16) {
        _mm_storeu_si128((__m128i *)y, low);
        low = _mm256_extracti128_si256(bytes, 1);
        y += 16;
    }
    if (count & 8) {
        _mm_storel_epi64((__m128i *)y, low);
        low = _mm_unpackhi_epi64(low, low);
        y += 8;
    }
    uint64_t rest = (uint64_t)_mm_cvtsi128_si64(low);
    for (count &= 7; count > 0; count--, rest >>= 8) *y++ = (uint8_t)rest;
}

static inline void look_up_256(uint8_t *y, size_t count, const uint8_t *table) {
    const struct shuffles s = shuffles_of(table);
    for (size_t i = 0; i < count; i += 32)
        store_first_bytes(y + i, shuffled(_mm256_loadu_si256((const __m256i *)(y + i)), &s), count - i);
}
#define LOOK_UP(y, count, table) look_up_256(y, count, table)
typedef struct shuffles prepared_table;
#define PREPARE_TABLE(table) shuffles_of(table)
#define LOOK_UP_BLOCK_32(v, table) shuffled(v, table)
