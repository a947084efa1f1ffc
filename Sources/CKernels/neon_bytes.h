// Bytes with NEON, before vector.h: products of pairs, results by table, and rounding.
#include <stddef.h>
#include <stdint.h>
#define PAIRS(a, b) (vi) add_products((int16x8_t)(a), (int16x8_t)(b))
static inline __attribute__((always_inline)) int32x4_t add_products(int16x8_t a, int16x8_t b) {
    return vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b));
}

// A table of 256 in quarters; an index past a quarter gives 0.
typedef struct {
    uint8x16x4_t quarters[4];
} prepared_table;

static inline prepared_table prepare_table(const uint8_t *table) {
    prepared_table t;
    for (int i = 0; i < 4; i++) t.quarters[i] = vld1q_u8_x4(table + 64 * i);
    return t;
}

static inline __attribute__((always_inline)) uint8x16_t looked_up(uint8x16_t index, const prepared_table *t) {
    uint8x16_t found = vqtbl4q_u8(t->quarters[0], index);
    _Pragma("clang loop unroll(full)") for (int i = 1; i < 4; i++)
        found = vqtbx4q_u8(found, t->quarters[i], vsubq_u8(index, vdupq_n_u8((uint8_t)(64 * i))));
    return found;
}

// The first `count` of 16.
static inline __attribute__((always_inline)) void store_first_bytes(uint8_t *y, uint8x16_t bytes, size_t count) {
    if (count >= 16) {
        vst1q_u8(y, bytes);
        return;
    }
    if (count & 8) {
        vst1_u8(y, vget_low_u8(bytes));
        bytes = vextq_u8(bytes, bytes, 8);
        y += 8;
    }
    uint64_t rest = vgetq_lane_u64(vreinterpretq_u64_u8(bytes), 0);
    for (count &= 7; count > 0; count--, rest >>= 8) *y++ = (uint8_t)rest;
}

static inline void look_up_neon(uint8_t *y, size_t count, const uint8_t *table) {
    const prepared_table t = prepare_table(table);
    for (size_t i = 0; i < count; i += 16) store_first_bytes(y + i, looked_up(vld1q_u8(y + i), &t), count - i);
}
#define LOOK_UP(y, count, table) look_up_neon(y, count, table)

// One to four vectors of floats, rounded and cut to bytes, side by side.
static inline __attribute__((always_inline)) uint8x16_t rounded_row(const float32x4_t row[], int vectors) {
    uint16x4_t whole[4];
    _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++)
        whole[v] = v < vectors ? vqmovn_u32(vcvtnq_u32_f32(row[v])) : whole[v - 1];
    return vcombine_u8(vqmovn_u16(vcombine_u16(whole[0], whole[1])), vqmovn_u16(vcombine_u16(whole[2], whole[3])));
}
#define STORE_ROUNDED(y, row, vectors, count, table)                                                       \
    store_first_bytes(y, rounded_row((const float32x4_t *)(row), vectors),                                 \
                      (count) < (size_t)(vectors) * 4 ? (count) : (size_t)(vectors) * 4)
