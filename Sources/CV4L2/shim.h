// What Swift cannot import of libv4l2: variadic functions.
#pragma once
#include <libv4l2.h>
#include <linux/videodev2.h>

static inline int cv4l2_open(const char *path, int flags) { return v4l2_open(path, flags, 0); }
