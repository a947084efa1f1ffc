#!/usr/bin/env python3
"""Writes a checkpoint as safetensors (BF16, effdet's names) with metadata, and a golden to test it by.

    python export.py run/last.pt efficientdet-lite0.safetensors --source "..." \\
        --calibrate train.json --photos photos --golden lite0.golden.safetensors --picture photo.jpg

Calibration: for every convolution, by the name of its weight, the lowest and highest input value that it
saw on --calibration-photos photos (0.01 % of the values cut off at either end), as JSON in the metadata.
"""
import argparse
import json

import cv2
import numpy as np
import torch
from safetensors.torch import save_file

import golden
import network
from evaluate import letterbox
from photos import Photos


def rounded(model):
    """All weights to the nearest BF16 value, in place, as the file stores them."""
    for v in [*model.parameters(), *model.buffers()]:
        if v.is_floating_point():
            v.data = v.data.to(torch.bfloat16).float()
    return model


@torch.no_grad()
def calibration(model, photos, size):
    """Input range of every convolution, by the name of its weight."""
    ranges = {}

    def watch(name):
        def hook(_, inputs):
            x = inputs[0].flatten()
            x = x[::max(1, x.numel() // 100_000)].sort().values
            cut = len(x) // 10_000
            low, high = ranges.get(name, (0.0, 0.0))
            ranges[name] = min(low, float(x[cut])), max(high, float(x[-1 - cut]))
        return hook

    hooks = [m.register_forward_pre_hook(watch(n + '.weight')) for n, m in model.named_modules() if isinstance(m, torch.nn.Conv2d)]
    for p in photos:
        x = torch.from_numpy(letterbox(p, size)[0]).permute(2, 0, 1)[None].float().sub_(127.5).div_(127.5)
        model(x)
    for h in hooks:
        h.remove()
    return {n: [float(f'{v:.4g}') for v in r] for n, r in ranges.items()}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = ap.add_argument
    add('checkpoint')
    add('out')
    add('--model', default='tf_efficientdet_lite0')
    add('--size', type=int, default=320)
    add('--source', required=True, help='where the weights come from, one sentence')
    add('--licence', default='Apache-2.0')
    add('--calibrate', help='COCO instances file of training photos')
    add('--calibration-photos', type=int, default=64)
    add('--photos', help='folder of the photos')
    add('--golden', help='write the reference tensors here')
    add('--picture', help='photo for the golden')
    a = ap.parse_args()
    torch.set_num_threads(1)
    model, config = network.build(a.model, a.size)
    network.load_weights(model, a.checkpoint)
    rounded(model.eval())
    text = lambda t: ','.join(str(float(v)) for v in t)
    meta = dict(model=a.model.replace('tf_', ''), num_classes='90', labels='coco-90', image_size=str(a.size),
                mean=text(config.mean), std=text(config.std), licence=a.licence, source=a.source,
                resize='letterbox top-left, bilinear, pad right/bottom with mean')
    if a.calibrate:
        photos = Photos(a.calibrate, a.photos, a.calibration_photos).pixels
        meta['calibration'] = json.dumps(calibration(model, photos, a.size), separators=(',', ':'))
    tensors = {k: v.to(torch.bfloat16).contiguous() for k, v in model.state_dict().items() if not k.endswith('num_batches_tracked')}
    save_file(tensors, a.out, metadata=meta)
    print(f'{a.out}: {len(tensors)} tensors')
    if a.golden:
        picture = np.ascontiguousarray(cv2.imread(a.picture)[:, :, ::-1])
        golden.write(a.golden, model, config, a.model, letterbox(picture, a.size)[0])
        print(a.golden)


if __name__ == '__main__':
    main()
