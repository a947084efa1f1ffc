#define _GNU_SOURCE
#include "CKernels.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// clang-format off
#define CK_DECLARE(set) \
    extern const struct ck_kernels ck_kernels_##set;
// clang-format on
CK_DECLARE(scalar)
CK_DECLARE(portable)
#if defined(__x86_64__)
CK_DECLARE(avx2)
CK_DECLARE(avx512vnni256)
CK_DECLARE(avx512)
CK_DECLARE(avxvnni)
CK_DECLARE(avx512vnni)
CK_DECLARE(avx512bf16)
#endif

const struct ck_kernels *ck_set(size_t index) {
    static const struct ck_kernels *const sets[] = {
        &ck_kernels_scalar, &ck_kernels_portable,
#if defined(__x86_64__)
        // Every processor that has avx512vnni256 has the next one, so that is never chosen on its own.
        &ck_kernels_avx2, &ck_kernels_avx512vnni256, &ck_kernels_avx512, &ck_kernels_avxvnni,
        &ck_kernels_avx512vnni, &ck_kernels_avx512bf16,
#endif
    };
    return index < sizeof sets / sizeof *sets ? sets[index] : NULL;
}

#if defined(__x86_64__)
// The compiler's own look at the processor does not know of AVX-VNNI everywhere.
static int has_avxvnni(void) {
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#endif

int ck_is_supported(const struct ck_kernels *set) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    // Says that the system keeps the vectors, too.
    int is_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (set == &ck_kernels_avx2) return is_avx2;
    if (set == &ck_kernels_avxvnni) return is_avx2 && has_avxvnni();
    int is_avx512 = __builtin_cpu_supports("x86-64-v4") != 0;
    int has_bytes = is_avx512 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi");
    if (set == &ck_kernels_avx512) return is_avx512;
    if (set == &ck_kernels_avx512vnni256) return is_avx512 && __builtin_cpu_supports("avx512vnni");
    if (set == &ck_kernels_avx512vnni) return has_bytes;
    if (set == &ck_kernels_avx512bf16) return has_bytes && __builtin_cpu_supports("avx512bf16");
#endif
    return set != NULL;
}

void ck_nearest_row(const void *x, size_t width, size_t pixel_bytes, size_t out_width, void *y) {
    for (size_t o = 0; o < out_width; o++)
        memcpy((char *)y + o * pixel_bytes, (const char *)x + o * width / out_width * pixel_bytes, pixel_bytes);
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

void ck_sleep(const uint32_t *word, uint32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void ck_wake(const uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0); }
