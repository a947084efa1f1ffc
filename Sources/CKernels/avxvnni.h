// What the sets of 256 bits with products of four bytes have in common, before vector.h. The product is written as
// assembly, so that the compiler makes the same code of both but for the ENCODING of this instruction.
#include "avx2.h"
static inline __attribute__((always_inline)) __m256i add_fours(__m256i sum, __m256i a, __m256i w) {
    __asm__(ENCODING " vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(w));
    return sum;
}
#define DOT4(sum, a, w) (vi) add_fours((__m256i)(sum), (__m256i)(a), (__m256i)(w))
#define BYTE_ROWS1 12
#define BYTE_ROWS2 6
#define BYTE_ROWS3 3
#define TAP_GROUP 4
#define ADD_GROUPS(sum, x, taps) add_fours(sum, x, taps)
#define GROUP_OF_ONES _mm256_set1_epi8(1)
