"""One runtime as a resident process: loads the network, then answers `check` with the distance of its
outputs from PyTorch's and `run N` with N times in milliseconds, one JSON line each."""

import json
import sys
import time

import numpy as np


def onnxruntime(path, threads, _precision):
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return runtime.__version__, lambda image: session.run(names, {"image": image})


def openvino(path, threads, precision):
    import openvino as runtime

    core = runtime.Core()
    model = core.compile_model(
        core.read_model(path), "CPU",
        {
            "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
        })
    request = model.create_infer_request()

    def run(image):
        request.infer({0: image})
        return [request.get_output_tensor(index).data for index in range(len(model.outputs))]

    return runtime.__version__.split("-")[0], run


def main():
    name, path, inputs, outputs, threads, precision = sys.argv[1:]
    image = np.load(inputs)
    version, run = {"onnxruntime": onnxruntime, "openvino": openvino}[name](path, int(threads), precision)
    print(json.dumps({"version": version}), flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "check":
            expected = list(np.load(outputs).values())
            found = run(image)
            print(
                json.dumps(
                    max(
                        float(np.linalg.norm(np.ravel(a) - np.ravel(b)) / np.linalg.norm(a))
                        for a, b in zip(expected, found))), flush=True)
        elif words[0] == "run":
            times = []
            for _ in range(int(words[1])):
                start = time.perf_counter()
                run(image)
                times.append((time.perf_counter() - start) * 1000)
            print(json.dumps(times), flush=True)


main()
