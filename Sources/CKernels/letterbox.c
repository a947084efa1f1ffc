#include "CKernels.h"

typedef float v4 __attribute__((vector_size(16), aligned(4), may_alias));

// Sixteen lines to columns of sixteen, four by four.
void ck_interleave_rows_f32(const float *x, size_t stride, size_t count, float *y) {
    enum { rows = CK_LETTERBOX_ROWS };
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (size_t j = 0; j < rows; j += 4) {
            const float *at = x + j * stride + i;
            v4 a = *(const v4 *)at, b = *(const v4 *)(at + stride), c = *(const v4 *)(at + 2 * stride),
               d = *(const v4 *)(at + 3 * stride);
            v4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
            v4 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
            *(v4 *)(y + i * rows + j) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
            *(v4 *)(y + (i + 1) * rows + j) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
            *(v4 *)(y + (i + 2) * rows + j) = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
            *(v4 *)(y + (i + 3) * rows + j) = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
        }
    for (; i < count; i++)
        for (size_t j = 0; j < rows; j++) y[i * rows + j] = x[j * stride + i];
}
