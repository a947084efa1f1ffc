#define _GNU_SOURCE
#include "CKernels.h"
#include <sched.h>
#include <string.h>

// clang-format off
#define CK_DECLARE(set) \
    extern const struct ck_kernels ck_kernels_##set;
// clang-format on
CK_DECLARE(scalar)
CK_DECLARE(portable)
#if defined(__x86_64__)
CK_DECLARE(avx2)
CK_DECLARE(avx512)
#endif

const struct ck_kernels *ck_set(size_t index) {
    static const struct ck_kernels *const sets[] = {
        &ck_kernels_scalar, &ck_kernels_portable,
#if defined(__x86_64__)
        &ck_kernels_avx2, &ck_kernels_avx512,
#endif
    };
    return index < sizeof sets / sizeof *sets ? sets[index] : NULL;
}

int ck_is_supported(const struct ck_kernels *set) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (set == &ck_kernels_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (set == &ck_kernels_avx512) return __builtin_cpu_supports("x86-64-v4") != 0;
#endif
    return set != NULL;
}

void ck_normalise_u8(const uint8_t *x, size_t count, const float scale[3], const float shift[3], float *y) {
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 3; c++) y[3 * i + c] = (float)x[3 * i + c] * scale[c] + shift[c];
}

void ck_patches_f32(const float *x, size_t height, size_t width, size_t channels, size_t kernel,
                    size_t stride, size_t pad_top, size_t pad_left, size_t out_width, size_t row, float *y) {
    size_t line = kernel * channels;
    for (size_t ox = 0; ox < out_width; ox++)
        for (size_t ky = 0; ky < kernel; ky++, y += line) {
            size_t iy = row * stride + ky - pad_top, ix = ox * stride - pad_left; // wrap below zero
            if (iy >= height) {
                memset(y, 0, line * sizeof *y);
            } else if (ix < width && ix + kernel <= width) {
                memcpy(y, x + (iy * width + ix) * channels, line * sizeof *y);
            } else {
                for (size_t kx = 0; kx < kernel; kx++)
                    for (size_t c = 0; c < channels; c++)
                        y[kx * channels + c] = ix + kx < width ? x[(iy * width + ix + kx) * channels + c] : 0;
            }
        }
}

size_t ck_first_above(const float *x, size_t start, size_t count, float limit) {
    size_t i = start;
    // Nearly nothing is above: look at 64 at a time without a branch between them.
    for (; i + 64 <= count; i += 64) {
        int any = 0;
        for (size_t j = 0; j < 64; j++) any |= x[i + j] > limit;
        if (any) break;
    }
    while (i < count && !(x[i] > limit)) i++;
    return i;
}

size_t ck_processors(void) {
    cpu_set_t mask;
    return sched_getaffinity(0, sizeof mask, &mask) == 0 ? (size_t)CPU_COUNT(&mask) : 1;
}
