#include "CAssets.h"

_Alignas(64) static const unsigned char default_weights[] = {
#embed "../../Assets/models/efficientdet-lite0.safetensors"
};
const size_t cassets_default_weights_size = sizeof default_weights;

const void *cassets_default_weights_bytes(void) { return default_weights; }
