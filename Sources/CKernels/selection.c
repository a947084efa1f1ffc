#include "CKernels.h"
#include <math.h>

// The `most` smallest of keys[0..<count] to the front (Hoare's selection); 0 < most < count.
static void select_smallest(uint64_t *keys, size_t count, size_t most) {
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, wanted = (ptrdiff_t)most - 1;
    while (low < high) {
        uint64_t pivot = keys[low + (high - low) / 2];
        ptrdiff_t i = low, j = high;
        do {
            while (keys[i] < pivot) i++;
            while (keys[j] > pivot) j--;
            if (i <= j) {
                uint64_t kept = keys[i];
                keys[i++] = keys[j];
                keys[j--] = kept;
            }
        } while (i <= j);
        // low...j is at most the pivot, i...high at least, what is between them the pivot.
        if (wanted <= j) high = j;
        else if (wanted >= i) low = i;
        else return;
    }
}

void ck_selection_trim(struct ck_selection *s) {
    if (s->count <= s->most) return;
    if (s->most == 0) {
        s->count = 0;
        s->limit = INFINITY;
        return;
    }
    select_smallest(s->keys, s->count, s->most);
    s->count = s->most;
    uint64_t last = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->keys[i] > last) last = s->keys[i];
    // An equal value at an earlier place may still come.
    float limit = nextafterf(ck_key_value(last), -INFINITY);
    if (limit > s->limit) s->limit = limit;
}
