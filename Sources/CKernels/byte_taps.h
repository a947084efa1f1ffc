// How depthwise taps of bytes are packed in fours (byte_taps.c makes it, vnni_depthwise.h reads it).
#include <stddef.h>

// Rows of taps that stand in quads of rows: all but the last where a quad would hold that one alone.
static inline size_t rows_in_quads(size_t kernel) { return kernel % 4 == 1 ? kernel - 1 : kernel; }
static inline size_t row_quads(size_t kernel) { return (rows_in_quads(kernel) + 3) / 4; }
// The row left over stands in quads of neighbouring pixels, once for each place in a quad of pixels where
// it may begin; this many quads each.
static inline size_t pixel_quads(size_t kernel) { return rows_in_quads(kernel) < kernel ? (kernel + 6) / 4 : 0; }
// Quads of taps of a channel.
static inline size_t tap_quads(size_t kernel) { return row_quads(kernel) * kernel + 4 * pixel_quads(kernel); }
