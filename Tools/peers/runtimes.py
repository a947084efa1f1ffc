"""One runtime as a resident process: loads the network, then answers, one JSON line each, `check` with the
distance of its outputs from PyTorch's, `run N` with N times in milliseconds, and `during SECONDS` with as many as
that time holds, after two runs that don't count.

What is timed is the network alone: the input lies where the runtime wants it, and outputs may stay where and how
it stores them."""

import importlib.metadata
import json
import os
import sys
import time

import numpy as np


class OnnxRuntime:
    package = "onnxruntime"

    def __init__(self, path, threads, precision, image):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        self.input = onnxruntime.OrtValue.ortvalue_from_numpy(image)
        self.binding.bind_ortvalue_input("image", self.input)
        self.results = [
            onnxruntime.OrtValue.ortvalue_from_shape_and_type(output.shape, np.float32)
            for output in self.session.get_outputs()
        ]
        for output, value in zip(self.session.get_outputs(), self.results):
            self.binding.bind_ortvalue_output(output.name, value)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def outputs(self):
        return [value.numpy() for value in self.results]


class OpenVINO:
    package = "openvino"
    # Two processes would pin their threads to the same processor.
    pins = True

    def __init__(self, path, threads, precision, image):
        import openvino

        core = openvino.Core()
        self.model = core.compile_model(
            core.read_model(path), "CPU", {
                "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
                "ENABLE_CPU_PINNING": self.pins,
                "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
            })
        self.request = self.model.create_infer_request()
        self.request.set_input_tensor(openvino.Tensor(image, shared_memory=True))
        self.image = image

    def run(self):
        self.request.start_async()
        self.request.wait()

    def outputs(self):
        return [self.request.get_output_tensor(index).data for index in range(len(self.model.outputs))]


class LiteRT:
    package = "ai-edge-litert"

    def __init__(self, path, threads, precision, image):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(path, num_threads=threads)
        self.interpreter.allocate_tensors()
        entry = self.interpreter.get_input_details()[0]
        self.interpreter.set_tensor(entry["index"], as_stored(image.transpose(0, 2, 3, 1), entry))
        self.run = self.interpreter.invoke

    def outputs(self):
        return [
            as_real(self.interpreter.get_tensor(entry["index"]), entry).transpose(0, 3, 1, 2)
            for entry in self.interpreter.get_output_details()
        ]


def as_stored(values, entry):
    if entry["dtype"] == np.float32:
        return np.ascontiguousarray(values)
    scale, zero = entry["quantization"]
    limits = np.iinfo(entry["dtype"])
    return np.clip(np.round(values / scale) + zero, limits.min, limits.max).astype(entry["dtype"])


def as_real(values, entry):
    if entry["dtype"] == np.float32:
        return values
    scale, zero = entry["quantization"]
    return (values.astype(np.float32) - zero) * scale


class Ncnn:
    package = "ncnn"

    def __init__(self, path, threads, precision, image):
        import ncnn

        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = threads
        options.use_vulkan_compute = False
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_storage = precision == "bf16"
        if self.net.load_param(path) or self.net.load_model(path.removesuffix(".param") + ".bin"):
            raise ValueError(f"ncnn doesn't load {path}")
        self.image = np.ascontiguousarray(image[0])
        self.input = ncnn.Mat(self.image)

    def run(self):
        extractor = self.net.create_extractor()
        extractor.input(self.net.input_names()[0], self.input)
        self.results = [extractor.extract(name)[1] for name in self.net.output_names()]

    def outputs(self):
        return [np.array(value)[None] for value in self.results]


class MNN:
    package = "MNN"

    def __init__(self, path, threads, precision, image):
        import MNN as mnn

        self.interpreter = mnn.Interpreter(path)
        self.session = self.interpreter.createSession(
            {"numThread": threads, "backend": "CPU", "precision": "high"})
        entry = self.interpreter.getSessionInput(self.session)
        entry.copyFrom(mnn.Tensor(image.shape, mnn.Halide_Type_Float, image, mnn.Tensor_DimensionType_Caffe))
        self.mnn = mnn

    def run(self):
        self.interpreter.runSession(self.session)

    def outputs(self):
        found = self.interpreter.getSessionOutputAll(self.session)
        results = []
        for index in range(len(found)):
            tensor = found[f"output{index}"]
            host = self.mnn.Tensor(
                tensor.getShape(), self.mnn.Halide_Type_Float,
                np.zeros(tensor.getShape(), np.float32), self.mnn.Tensor_DimensionType_Caffe)
            tensor.copyToHostTensor(host)
            results.append(np.array(host.getNumpyData()).reshape(tensor.getShape()))
        return results


class PyTorch:
    package = "torch"

    def __init__(self, path, threads, precision, image):
        import torch

        torch.set_num_threads(threads)
        self.torch = torch
        model = torch.jit.load(path).eval()
        self.model = torch.jit.optimize_for_inference(torch.jit.freeze(model))
        self.image = torch.from_numpy(image)

    def run(self):
        with self.torch.inference_mode():
            self.results = self.model(self.image)

    def outputs(self):
        return [value.numpy() for value in self.results]


# Name, class, and the precisions that change what it computes.
RUNTIMES = {
    "onnxruntime": (OnnxRuntime, ["f32", "int8"]), "litert": (LiteRT, ["f32", "int8"]),
    "openvino": (OpenVINO, ["f32", "bf16", "int8"]), "ncnn": (Ncnn, ["f32", "bf16"]), "mnn": (MNN, ["f32"]),
    "torch": (PyTorch, ["f32"]),
}


def distance(expected, found):
    """The largest relative L2 over the outputs; runtimes that lose axes of one are forgiven them."""
    return max(
        float(np.linalg.norm(np.ravel(a) - np.ravel(b)) / np.linalg.norm(a))
        for a, b in zip(expected, found, strict=True))


def timed(work):
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main():
    # Answers go where only answers go; what a library prints goes to the log.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    name, path, inputs, outputs, threads, precision, streams = sys.argv[1:]
    OpenVINO.pins = int(streams) < 2
    kind = RUNTIMES[name][0]
    image = np.load(inputs)
    runtime = kind(path, int(threads), precision, image)
    answer({"version": importlib.metadata.version(kind.package)})
    for line in sys.stdin:
        words = line.split()
        if words[0] == "check":
            runtime.run()
            answer(distance(list(np.load(outputs).values()), runtime.outputs()))
        elif words[0] == "run":
            answer([timed(runtime.run) for _ in range(int(words[1]))])
        elif words[0] == "during":
            for _ in range(2):
                runtime.run()
            end = time.perf_counter() + float(words[1])
            times = []
            while time.perf_counter() < end:
                times.append(timed(runtime.run))
            answer(times)


if __name__ == "__main__":
    main()
