#include "CAssets.h"

_Alignas(64) const unsigned char cassets_default_weights[] = {
#embed "../../Assets/models/efficientdet-lite0.safetensors"
};
const size_t cassets_default_weights_size = sizeof cassets_default_weights;
