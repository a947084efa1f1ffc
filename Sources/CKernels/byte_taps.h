// How depthwise taps of bytes are packed in groups (byte_taps.c makes it, byte_depthwise.h reads it). A group of
// taps of one channel is what one product takes: four bytes, or two 16-bit numbers.
#include <stddef.h>

// Rows of taps that stand in groups of rows: all but the last where a group would hold that one alone.
static inline size_t grouped_rows(size_t kernel, size_t group) { return kernel % group == 1 ? kernel - 1 : kernel; }
static inline size_t row_groups(size_t kernel, size_t group) {
    return (grouped_rows(kernel, group) + group - 1) / group;
}
// The row left over stands in groups of neighbouring pixels, once for each place in a group of pixels where
// it may begin; this many groups each.
static inline size_t pixel_groups(size_t kernel, size_t group) {
    return grouped_rows(kernel, group) < kernel ? (kernel + 2 * (group - 1)) / group : 0;
}
// Groups of taps of a channel.
static inline size_t tap_groups(size_t kernel, size_t group) {
    return row_groups(kernel, group) * kernel + group * pixel_groups(kernel, group);
}
