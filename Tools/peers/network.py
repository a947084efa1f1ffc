"""The network that all runtimes run: effdet's, with random weights of a fixed seed, as ONNX, as
safetensors and as a golden for `vedette parity`."""

import json

import effdet
import numpy as np
import onnx
import torch
from onnxsim import simplify
from safetensors.torch import save_file


def build(name: str, size: int):
    """effdet's network whose activations stay in range: batch norm measured on the input itself."""
    torch.manual_seed(1)
    model = effdet.create_model(
        f"tf_efficientdet_{name}", pretrained=False, pretrained_backbone=False, image_size=(size, size))
    image = torch.randn(1, 3, size, size)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    model.train()
    with torch.no_grad():
        for _ in range(2):
            model(image)
    model.eval()
    fold_fusion_weights(model)
    return model, image


def fold_fusion_weights(model) -> None:
    """The weighted sum as `w0 * x0 + w1 * x1` with constants: the kindest form for a runtime."""
    for module in model.modules():
        if type(module).__name__ != "FpnCombine":
            continue
        count = len(module.inputs_offsets)
        if getattr(module, "edge_weights", None) is None:
            factors = [1.0] * count
        else:
            weights = torch.relu(module.edge_weights.detach().double())
            factors = (weights / (weights.sum() + 1e-4)).tolist()

        def forward(x, module=module, factors=factors):
            parts = [module.resample[str(offset)](x[offset]) for offset in module.inputs_offsets]
            total = parts[0] * factors[0] if factors[0] != 1.0 else parts[0]
            for factor, part in zip(factors[1:], parts[1:]):
                total = total + (part * factor if factor != 1.0 else part)
            return total

        module.forward = forward


class Flat(torch.nn.Module):
    """Outputs as a flat list: class logits of all levels, then box codes."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        classes, boxes = self.model(x)
        return (*classes, *boxes)


def make(name: str, size: int, paths: dict) -> None:
    """Writes the network to `paths` (see `network_files`)."""
    model, image = build(name, size)
    flat = Flat(model).eval()
    with torch.no_grad():
        outputs = flat(image)
    np.save(paths["input"], image.numpy())
    np.savez(paths["outputs"], *[output.numpy() for output in outputs])
    levels = [f"p{3 + index}" for index in range(len(outputs) // 2)]
    taps = [f"tap.{head}.{level}" for head in ("class", "box") for level in levels]
    config = model.config
    mean = config.get("mean", (0.485, 0.456, 0.406))
    common = {
        "model": f"tf_efficientdet_{name}", "image_size": str(size),
        "num_classes": str(config.num_classes), "mean": json.dumps(list(mean)),
        "std": json.dumps(list(config.get("std", (0.229, 0.224, 0.225)))),
    }
    state = {
        key: value.contiguous() for key, value in model.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    save_file(state, paths["weights"], common)
    tolerance = {tap: float(1e-3 * output.abs().max()) for tap, output in zip(taps, outputs)}
    save_file(
        {"image": image, **{tap: output.contiguous() for tap, output in zip(taps, outputs)}},
        paths["golden"], dict(common, tolerance=json.dumps(tolerance)))
    with torch.no_grad():
        torch.jit.trace(flat, image, check_trace=False).save(paths["script"])
    raw = paths["onnx"].with_suffix(".raw")
    torch.onnx.export(
        flat, (image,), str(raw), opset_version=17, input_names=["image"],
        output_names=[f"output{index}" for index in range(len(outputs))], dynamo=False)
    simplified, isGood = simplify(onnx.load(raw))
    if not isGood:
        raise SystemExit(f"the simplified graph of {name} differs")
    gather_constants(simplified.graph)
    # The last file, whole or not there: with it the network counts as made.
    onnx.save(simplified, raw)
    raw.rename(paths["onnx"])


def gather_constants(graph) -> None:
    """Constant nodes as initializers: some quantisers take weights from there alone."""
    for node in [node for node in graph.node if node.op_type == "Constant"]:
        value = onnx.helper.get_attribute_value(node.attribute[0])
        value.name = node.output[0]
        graph.initializer.append(value)
        graph.node.remove(node)
