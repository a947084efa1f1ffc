/// Weight files: safetensors, PyTorch `.pth`, TensorFlow checkpoints and TFLite behind one memory-mapped,
/// bounds-checked `ByteReader`, all giving tensors under effdet's parameter names; the model store.
