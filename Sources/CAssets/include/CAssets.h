// Files of Assets/ that travel inside the binary.
#pragma once
#include <stddef.h>

/// The default model's weights: a safetensors file with its metadata.
extern const unsigned char cassets_default_weights[];
extern const size_t cassets_default_weights_size;
