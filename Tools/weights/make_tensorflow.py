#!/usr/bin/env python3
"""Make a TensorFlow checkpoint and TFLite files of an EfficientDet with the authors' own code.

    python make_tensorflow.py checkpoint MODEL WEIGHTS.safetensors OUT [--golden GOLDEN.safetensors]
    python make_tensorflow.py tflite MODEL WEIGHTS.safetensors OUT [--golden GOLDEN.safetensors]
    python make_tensorflow.py tiny MODEL OUT

WEIGHTS holds effdet's names.  With --golden the network's outputs are compared with the golden's taps
first.  `tiny` makes a network of the same form but with few channels, random weights for it
(`expected.safetensors`), and all files.  Needs tensorflow, tf_keras, gin-config, absl-py, pyyaml, six,
safetensors, and the unpacked wheel of tflite-model-maker (which carries google/automl's EfficientDet) on
PYTHONPATH; that package's own dependencies are not needed.
"""
import argparse
import json
import os
import sys
import tarfile
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf
from safetensors import safe_open
from safetensors.numpy import save_file

import automl_names
from tensorflow_examples.lite.model_maker.third_party.efficientdet import efficientdet_arch
from tensorflow_examples.lite.model_maker.third_party.efficientdet import hparams_config
from tensorflow_examples.lite.model_maker.third_party.efficientdet import utils
from tensorflow_examples.lite.model_maker.third_party.efficientdet.backbone import backbone_factory
from tensorflow_examples.lite.model_maker.third_party.efficientdet.backbone import efficientnet_builder
from tensorflow_examples.lite.model_maker.third_party.efficientdet.backbone import efficientnet_lite_builder

# One block of each kind per stage, stages that differ in channels, nothing else.
TINY = ["r1_k3_s11_e1_i6_o4_se0.25", "r2_k3_s22_e6_i4_o5_se0.25", "r1_k5_s22_e6_i5_o6_se0.25",
        "r1_k3_s22_e6_i6_o7_se0.25", "r1_k5_s11_e6_i7_o8_se0.25", "r1_k5_s22_e6_i8_o9_se0.25",
        "r1_k3_s11_e6_i9_o10_se0.25"]


def configuration(model, size=None, tiny=False):
    config = hparams_config.get_efficientdet_config(model)
    if size:
        config.image_size = size
    if tiny:
        config.fpn_num_filters, config.fpn_cell_repeats, config.box_class_repeats = 11, 2, 2
        config.num_classes, config.image_size = 3, 128
    return config


def repeats(model, tiny):
    """Blocks per stage."""
    if tiny:
        return [int(s.split("_")[0][1:]) for s in TINY]
    backbone = hparams_config.get_efficientdet_config(model).backbone_name
    builder = efficientnet_lite_builder if "lite" in backbone else efficientnet_builder
    args, params = builder.get_model_params(backbone, None)
    decoded = efficientnet_builder.BlockDecoder().decode(args) if isinstance(args[0], str) else args
    depth = params.depth_coefficient
    count = [int(np.ceil(b.num_repeat * depth)) for b in decoded]
    if params.fix_head_stem:
        count[0], count[-1] = decoded[0].num_repeat, decoded[-1].num_repeat
    return count


def load(path):
    """Tensors as float32 (BF16 too), and the metadata."""
    import struct
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    state = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        if info["dtype"] == "BF16":
            array = (np.frombuffer(data[a:b], np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            array = np.frombuffer(data[a:b], {"F32": np.float32, "U8": np.uint8}[info["dtype"]])
        state[name] = array.reshape(info["shape"])
    return state, header.get("__metadata__", {})


def tiny_backbone(config):
    """Makes the authors' factory build the tiny backbone for `config`."""
    for module in (efficientnet_builder, efficientnet_lite_builder):
        def patched(name, override, module=module, original=module.get_model_params):
            _, params = original(name, override)
            return efficientnet_builder.BlockDecoder().decode(TINY), params._replace(
                width_coefficient=1.0, depth_coefficient=1.0, depth_divisor=1, min_depth=1)
        module.get_model_params = patched


def random_state(names, numbering):
    """Values for the variables `names` (name, shape), under effdet's names."""
    rng = np.random.default_rng(5)
    state = {}
    for name, shape in names:
        key, place = automl_names.effdet_name(name, numbering)
        if place is not None:
            state.setdefault(key, np.zeros(0, np.float32))
            state[key] = np.append(state[key], np.float32(rng.uniform(0.2, 1.5)))
            continue
        if name.endswith("depthwise_kernel"):
            shape = (shape[2], 1, shape[0], shape[1])
        elif name.endswith("kernel"):
            shape = (shape[3], shape[2], shape[0], shape[1])
        fan = int(np.prod(shape[1:])) if len(shape) == 4 else 1
        if key.endswith("running_var") or (".bn" in key and key.endswith(".weight")):
            array = rng.uniform(0.5, 1.5, shape)
        else:
            array = rng.normal(0, (1.6 / fan) ** 0.5 if len(shape) == 4 else 0.3, shape)
        state[key] = array.astype(np.float32)
    return state


def compare(golden, classes, boxes):
    """Fails unless the outputs agree with the golden's taps."""
    taps, meta = load(golden)
    allowed = json.loads(meta["tolerance"])
    for word, outputs in (("class", classes), ("box", boxes)):
        for level, output in enumerate(outputs, 3):
            name = f"tap.{word}.p{level}"
            ours = np.transpose(output, (0, 3, 1, 2))
            want = taps.get(name)
            if want is None:
                want, ours = taps[name + ".s2"], ours[:, :, ::2, ::2]
            error = np.abs(ours - want).max()
            print(f"{name}: {error:.2e} of {allowed[name]:.2e}", file=sys.stderr)
            assert error <= allowed[name], name
    return taps


# ---------------------------------------------------------------- checkpoint
def checkpoint(model, state, out, golden=None, tiny=False, size=None):
    """The graph of the authors' first code, saved by their saver; averaged values beside plain ones."""
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        config = configuration(model, size, tiny)
        if tiny:
            tiny_backbone(config)
        numbering = automl_names.blocks(repeats(model, tiny))
        side = config.image_size
        image = v1.placeholder(tf.float32, [1, side, side, 3])
        classes, boxes = efficientdet_arch.efficientdet(image, config=config, is_training_bn=False)
        variables = v1.global_variables()
        step = v1.train.get_or_create_global_step()
        average = v1.train.ExponentialMovingAverage(0.9998, num_updates=step)
        average.apply(variables)
        if state is None:
            state = random_state([(v.op.name, v.shape.as_list()) for v in variables], numbering)
        values = {v: automl_names.value(v.op.name, v.shape.as_list(), state, numbering) for v in variables}
        # All assignments in one run: every change of the graph makes the next run slow.
        feeds, plain, averaged = {}, [], []
        for v, array in values.items():
            feed = v1.placeholder(tf.float32, v.shape)
            feeds[feed] = array
            plain.append(v1.assign(v, feed))
            averaged.append(v1.assign(average.average(v), feed))
        spoil = [v1.assign(v, tf.fill(v.shape, -1.0)) for v in variables]
        saver = v1.train.Saver(save_relative_paths=True)
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            session.run([plain, averaged], feeds)
            if golden:
                taps = load(golden)[0]
                feed = {image: np.transpose(taps["image"], (0, 2, 3, 1))}
                outputs = session.run([classes, boxes], feed)
                levels = range(config.min_level, config.max_level + 1)
                compare(golden, [outputs[0][l] for l in levels], [outputs[1][l] for l in levels])
            # A reader that takes the plain values is wrong.
            session.run(spoil)
            out.mkdir(parents=True, exist_ok=True)
            saver.save(session, str(out / "model"), global_step=7, write_meta_graph=False)
    with tarfile.open(str(out) + ".tar.gz", "w:gz") as tar:
        tar.add(out, arcname="efficientdet-x")
    return state


# ---------------------------------------------------------------- TFLite
def tflite(model, state, out, golden=None, tiny=False, size=None):
    """The authors' Keras code, exported as they do: float, half and int8, with the post-processing op."""
    from tensorflow_examples.lite.model_maker.third_party.efficientdet.keras import efficientdet_keras
    config = configuration(model, size, tiny)
    config.is_training_bn = False
    config.nms_configs.max_output_size = 100
    config.tflite_max_detections = 25
    if tiny:
        tiny_backbone(config)
    numbering = automl_names.blocks(repeats(model, tiny))
    network = efficientdet_keras.EfficientDetModel(config=config)
    side = config.image_size
    network.build((1, side, side, 3))
    for v in network.variables:
        v.assign(automl_names.value(v.name.split(":")[0], v.shape, state, numbering))
    if golden:
        taps = load(golden)[0]
        image = np.transpose(taps["image"], (0, 2, 3, 1))
        compare(golden, *[[x.numpy() for x in o] for o in network(image, pre_mode=None, post_mode=None)])

    class Export(tf.Module):
        def __init__(self, post):
            super().__init__()
            self.network, self.post = network, post

        @tf.function
        def __call__(self, image):
            return self.network(image, pre_mode=None, post_mode=self.post)

    rng = np.random.default_rng(3)
    def samples():
        for i in range(8):
            if golden and i == 0:
                yield [image.astype(np.float32)]
            else:
                yield [rng.uniform(-1, 1, (1, side, side, 3)).astype(np.float32)]

    out.mkdir(parents=True, exist_ok=True)
    for name in ("float32", "float16", "int8", "network"):
        module = Export(None if name == "network" else "tflite")
        function = module.__call__.get_concrete_function(
            tf.TensorSpec((1, side, side, 3), tf.float32, name="images"))
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if name != "float32" and name != "network":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if name == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if name == "int8":
            converter.representative_dataset = samples
            converter.inference_input_type = tf.uint8
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        (out / f"{name}.tflite").write_bytes(converter.convert())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["checkpoint", "tflite", "tiny"])
    parser.add_argument("model")
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--golden")
    args = parser.parse_args()
    model = "efficientdet-" + args.model
    if args.what == "tiny":
        out = args.paths[0]
        state = checkpoint(model, None, out / "checkpoint", tiny=True)
        save_file(state, str(out / "expected.safetensors"))
        if "lite" in model:
            tflite(model, state, out, tiny=True)
        return
    state, meta = load(args.paths[0])
    size = int(meta["image_size"]) if "image_size" in meta else None
    make = checkpoint if args.what == "checkpoint" else tflite
    make(model, state, args.paths[1], args.golden, size=size)


main()
