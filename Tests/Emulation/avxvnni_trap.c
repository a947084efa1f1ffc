// Runs the one instruction of AVX-VNNI for processors that have none: `vpdpbusd` in VEX encoding between registers
// of 256 bits, which traps there as unknown. Linked with kernel_check.c, so that the real code of the set is
// checked everywhere that AVX2 is.
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

// Where the upper halves of the vectors stand in what the system has saved.
static size_t upper_halves;

static uint8_t *half_of(ucontext_t *context, unsigned vector, int is_upper) {
    struct _libc_fpstate *saved = context->uc_mcontext.fpregs;
    if (is_upper) return (uint8_t *)saved + upper_halves + vector * 16;
    return (uint8_t *)&saved->_xmm[vector];
}

static void multiply(int signal, siginfo_t *info, void *opaque) {
    (void)signal, (void)info;
    ucontext_t *context = opaque;
    const uint8_t *at = (const uint8_t *)context->uc_mcontext.gregs[REG_RIP];
    // C4 [R X B, map 0F38] [W0, second operand, 256 bits, 66] 50 [two registers]
    if (at[0] != 0xc4 || (at[1] & 0x1f) != 2 || (at[2] & 0x87) != 0x05 || at[3] != 0x50 || at[4] >> 6 != 3) {
        fprintf(stderr, "another unknown instruction: %02x %02x %02x %02x %02x\n", at[0], at[1], at[2], at[3], at[4]);
        abort();
    }
    const unsigned sum = (at[4] >> 3 & 7) | (at[1] & 0x80 ? 0 : 8), a = ~at[2] >> 3 & 15;
    const unsigned w = (at[4] & 7) | (at[1] & 0x20 ? 0 : 8);
    for (int is_upper = 0; is_upper < 2; is_upper++) {
        int32_t words[4];
        const uint8_t *x = half_of(context, a, is_upper);
        const int8_t *y = (const int8_t *)half_of(context, w, is_upper);
        memcpy(words, half_of(context, sum, is_upper), sizeof words);
        for (int i = 0; i < 16; i++) words[i / 4] += x[i] * y[i];
        memcpy(half_of(context, sum, is_upper), words, sizeof words);
    }
    // What is saved holds upper halves, even if they were zero before.
    uint64_t parts;
    memcpy(&parts, (uint8_t *)context->uc_mcontext.fpregs + 512, sizeof parts);
    parts |= 4;
    memcpy((uint8_t *)context->uc_mcontext.fpregs + 512, &parts, sizeof parts);
    context->uc_mcontext.gregs[REG_RIP] += 5;
}

__attribute__((constructor)) static void catch_unknown(void) {
    unsigned size, offset, c, d;
    if (!__get_cpuid_count(13, 2, &size, &offset, &c, &d) || size < 256) abort();
    upper_halves = offset;
    struct sigaction action = {.sa_sigaction = multiply, .sa_flags = SA_SIGINFO};
    sigaction(SIGILL, &action, NULL);
}
