#pragma once
#include <stddef.h>

// How often the calling thread has asked malloc, calloc, realloc or an aligned variant for memory.
size_t allocation_count(void);
