"""The names of google/automl's EfficientDet variables for effdet's tensors, and arrays in either order."""
import re

import numpy as np

LEAF = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var",
        "kernel": "weight", "depthwise_kernel": "weight", "pointwise_kernel": "weight", "bias": "bias"}


def blocks(repeats):
    """(stage, block) by number through the backbone, from the repeats of the stages."""
    return [(s, i) for s, n in enumerate(repeats) for i in range(n)]


def effdet_name(name, numbering):
    """effdet's name and, for one of a node's fusion weights, its place; for a TensorFlow variable's name."""
    *path, leaf = name.split("/")
    if leaf.startswith("WSM"):
        c, n = int(path[1][5:]), int(path[2][5:])
        return f"fpn.cell.{c}.fnode.{n}.combine.edge_weights", int((leaf + "_0").split("_")[1])
    end = LEAF[leaf]
    if path[0].startswith("efficientnet"):
        if path[1] == "stem":
            return ("backbone.conv_stem." if path[2] == "conv2d" else "backbone.bn1.") + end, None
        s, i = numbering[int(path[1].split("_")[1])]
        key = "/".join(path[2:])
        module = {
            "depthwise_conv2d": "conv_dw", "se/conv2d": "se.conv_reduce", "se/conv2d_1": "se.conv_expand",
            "conv2d": "conv_pw", "conv2d_1": "conv_pwl", "tpu_batch_normalization": "bn1",
            "tpu_batch_normalization_1": "bn2", "tpu_batch_normalization_2": "bn3",
        }[key]
        return f"backbone.blocks.{s}.{i}.{module}.{end}", None
    if path[0] == "resample_p6":
        return "fpn.resample.3.conv." + ("conv." if path[1] == "conv2d" else "bn.") + end, None
    if path[0] == "fpn_cells":
        c, n = int(path[1][5:]), int(path[2][5:])
        node = f"fpn.cell.{c}.fnode.{n}."
        if path[3].startswith("resample"):
            offset = path[3].split("_")[2]
            return (f"{node}combine.resample.{offset}.conv."
                    + ("conv." if path[4] == "conv2d" else "bn.") + end), None
        if path[4] == "bn":
            return f"{node}after_combine.conv.bn.{end}", None
        part = "conv_dw." if leaf == "depthwise_kernel" else "conv_pw."
        return f"{node}after_combine.conv.{part}{end}", None
    net = path[0]
    part = "conv_dw." if leaf == "depthwise_kernel" else "conv_pw."
    if path[1].endswith("-predict"):
        return f"{net}.predict.{part}{end}", None
    found = re.fullmatch(r"(?:class|box)-(\d+)(?:-bn-(\d+))?", path[1])
    if found[2]:
        return f"{net}.bn_rep.{found[1]}.{int(found[2]) - 3}.bn.{end}", None
    return f"{net}.conv_rep.{found[1]}.{part}{end}", None


def value(name, shape, state, numbering):
    """What the variable `name` of `shape` must hold, from effdet's tensors."""
    key, place = effdet_name(name, numbering)
    array = np.asarray(state[key], np.float32)
    if place is not None:
        array = array[place]
    elif name.endswith("depthwise_kernel"):
        array = array.transpose(2, 3, 0, 1)
    elif name.endswith("kernel"):
        array = array.transpose(2, 3, 1, 0)
    assert tuple(array.shape) == tuple(shape), (name, array.shape, shape)
    return array
