// What sets without products of look-ups have in common for bytes, with vectors of 256 bits, before vector.h:
// results by table, and rounding.

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
    const __m256i sixteen = _mm256_set1_epi8(16);
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

static inline __attribute__((always_inline)) void store_first_bytes(uint8_t *y, __m256i bytes, size_t count) {
    if (count >= sizeof bytes) _mm256_storeu_si256((__m256i *)y, bytes);
    else memcpy(y, &bytes, count);
}

static inline void look_up_256(uint8_t *y, size_t count, const uint8_t *table) {
    const struct shuffles s = shuffles_of(table);
    for (size_t i = 0; i < count; i += 32)
        store_first_bytes(y + i, shuffled(_mm256_loadu_si256((const __m256i *)(y + i)), &s), count - i);
}
#define LOOK_UP(y, count, table) look_up_256(y, count, table)

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
    if (vectors == 1 && count >= 8) _mm_storel_epi64((__m128i *)y, _mm256_castsi256_si128(bytes));
    else if (vectors == 2 && count >= 16) _mm_storeu_si128((__m128i *)y, _mm256_castsi256_si128(bytes));
    else if (vectors == 3 && count >= 24) {
        _mm_storeu_si128((__m128i *)y, _mm256_castsi256_si128(bytes));
        _mm_storel_epi64((__m128i *)(y + 16), _mm256_extracti128_si256(bytes, 1));
    } else memcpy(y, &bytes, count);
}

#define PREPARED_TABLE struct shuffles
#define PREPARE_TABLE(table) shuffles_of(table)
