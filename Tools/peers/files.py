"""Where the files of a network lie. It imports nothing, so that a comparison with everything made starts at once."""

from pathlib import Path

# Pixels of effdet's tf_efficientdet_NAME.
SIZES = {
    "d0": 512, "d1": 640, "d2": 768, "d3": 896, "d4": 1024, "d5": 1280, "d6": 1280, "d7": 1536, "lite0": 320,
    "lite1": 384, "lite2": 448, "lite3": 512, "lite4": 640,
}


def network_files(name: str, size: int, folder: Path) -> dict:
    stem = f"{name}-{size}"
    endings = {
        "onnx": "onnx", "weights": "safetensors", "golden": "golden.safetensors", "input": "input.npy",
        "outputs": "outputs.npz", "script": "pt",
    }
    return {key: folder / f"{stem}.{ending}" for key, ending in endings.items()}
