// Files of Assets/ that travel inside the binary.
#pragma once
#include <stddef.h>

/// The default model's weights: a safetensors file with its metadata.
const void *cassets_default_weights_bytes(void);
extern const size_t cassets_default_weights_size;
