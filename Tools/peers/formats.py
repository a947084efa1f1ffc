"""The network in the form that each runtime wants, made once and kept: TFLite, ncnn's and MNN's own, and three
quantisations to int8. Ranges come from a few random images: int8 times count, its outputs say nothing."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

CALIBRATION_IMAGES = 4


def form(runtime: str, precision: str, paths: dict) -> Path:
    """The file that `runtime` loads for `precision`; made if it isn't there. Throws what the converter throws."""
    make, suffix = MAKERS.get((runtime, precision)) or MAKERS.get((runtime, None)) or (None, ".onnx")
    source = paths["onnx"]
    target = source.with_name(source.stem + suffix)
    if not target.exists():
        # Under another name first: what an interrupted converter leaves isn't taken for its work.
        partial = target.with_name(f"partial-{target.name}")
        with contextlib.redirect_stdout(sys.stderr):
            make(paths, partial)
        finish(partial, target)
    return target


def finish(partial: Path, target: Path) -> None:
    """Some converters write a second file of the same stem; it is renamed first, so that `target` is whole."""
    weights = partial.with_suffix(".bin")
    if weights.exists():
        weights.rename(target.with_suffix(".bin"))
    partial.rename(target)


def images(paths: dict) -> list:
    generator = np.random.default_rng(7)
    shape = np.load(paths["input"]).shape
    return [generator.standard_normal(shape, np.float32) for _ in range(CALIBRATION_IMAGES)]


def pictures(paths: dict) -> Path:
    """A folder with the same images for vedette, which takes pictures: what lies outside of 0...255 is cut."""
    with open(paths["weights"], "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))["__metadata__"]
    mean, std = (np.array(json.loads(header[key]), np.float32) for key in ("mean", "std"))
    folder = Path(paths["weights"]).with_suffix(".pictures")
    folder.mkdir(exist_ok=True)
    for number, image in enumerate(images(paths)):
        pixels = np.clip((image[0].transpose(1, 2, 0) * std + mean) * 255, 0, 255).astype(np.uint8)
        height, width, _ = pixels.shape
        (folder / f"{number}.ppm").write_bytes(b"P6 %d %d 255\n" % (width, height) + pixels.tobytes())
    return folder


def tflite(paths, target):
    from tflite import convert

    convert(paths["onnx"], target)


def tflite_int8(paths, target):
    from ai_edge_quantizer import quantizer, recipe

    from tflite import SIGNATURE

    worker = quantizer.Quantizer(str(form("litert", "f32", paths)), recipe.static_wi8_ai8())
    samples = [{"image": np.ascontiguousarray(image.transpose(0, 2, 3, 1))} for image in images(paths)]
    ranges = worker.calibrate({SIGNATURE: samples}, num_threads=2)
    worker.quantize(ranges).export_model(str(target), overwrite=True)


def onnx_int8(paths, target):
    from onnxruntime import quantization as q

    class Reader(q.CalibrationDataReader):
        def __init__(self):
            self.rest = iter(images(paths))

        def get_next(self):
            image = next(self.rest, None)
            return None if image is None else {"image": image}

    q.quantize_static(
        str(paths["onnx"]), str(target), Reader(), quant_format=q.QuantFormat.QDQ, per_channel=True,
        activation_type=q.QuantType.QUInt8, weight_type=q.QuantType.QInt8)


def openvino_int8(paths, target):
    import nncf
    import openvino

    model = openvino.Core().read_model(paths["onnx"])
    data = nncf.Dataset(images(paths))
    openvino.save_model(
        nncf.quantize(model, data, subset_size=CALIBRATION_IMAGES), target, compress_to_fp16=False)


def ncnn(paths, target):
    shape = ",".join(str(size) for size in np.load(paths["input"]).shape)
    files = {
        "ncnnparam": target, "ncnnbin": target.with_suffix(".bin"), "pnnxparam": "/dev/null",
        "pnnxbin": "/dev/null", "pnnxpy": "/dev/null", "ncnnpy": "/dev/null", "pnnxonnx": "/dev/null",
    }
    named = [f"{key}={file}" for key, file in files.items()]
    tool("pnnx", paths["script"], f"inputshape=[{shape}]", "fp16=0", *named)
    target.write_text(pad_pools_with_least(target.read_text()))


def pad_pools_with_least(text: str) -> str:
    """pnnx turns the minus infinity around a max-pool's input into 0, which changes the outputs."""
    lines = text.splitlines()
    pooled = {line.split()[4] for line in lines if line.startswith("Pooling")}
    return "\n".join(
        line.replace(" 5=0.0 ", " 5=-3.4e38 ") if line.startswith("Padding") and line.split()[5] in pooled else line
        for line in lines) + "\n"


def mnn(paths, target):
    tool("mnnconvert", "-f", "ONNX", "--modelFile", paths["onnx"], "--MNNModel", target, "--bizCode", "peers")


def tool(name, *arguments):
    program = Path(sys.executable).with_name(name)
    outcome = subprocess.run(
        [str(word) for word in (program, *arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False)
    if outcome.returncode != 0:
        raise ValueError(f"{name} failed: {outcome.stdout[-500:]}")


MAKERS = {
    ("litert", None): (tflite, ".tflite"), ("litert", "int8"): (tflite_int8, ".int8.tflite"),
    ("onnxruntime", "int8"): (onnx_int8, ".int8.onnx"), ("openvino", "int8"): (openvino_int8, ".int8.xml"),
    ("ncnn", None): (ncnn, ".ncnn.param"), ("mnn", None): (mnn, ".mnn"), ("torch", None): (None, ".pt"),
}
