// inflateInit2 is a macro of zlib.h, which Swift cannot call.
#pragma once
#include <zlib.h>

static inline int czlib_inflate_start(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}
