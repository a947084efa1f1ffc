#!/usr/bin/env python3
"""Writes a checkpoint as safetensors (BF16, effdet's names) with metadata, and a golden to test it by.

    python export.py run/last.pt efficientdet-lite0.safetensors --source "..." \\
        --golden lite0.golden.safetensors --picture photo.jpg
"""
import argparse

import cv2
import numpy as np
import torch
from safetensors.torch import save_file

import golden
import network
from evaluate import letterbox


def rounded(model):
    """All weights to the nearest BF16 value, in place, as the file stores them."""
    for v in [*model.parameters(), *model.buffers()]:
        if v.is_floating_point():
            v.data = v.data.to(torch.bfloat16).float()
    return model


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = ap.add_argument
    add('checkpoint')
    add('out')
    add('--model', default='tf_efficientdet_lite0')
    add('--size', type=int, default=320)
    add('--source', required=True, help='where the weights come from, one sentence')
    add('--licence', default='Apache-2.0')
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
    tensors = {k: v.to(torch.bfloat16).contiguous() for k, v in model.state_dict().items() if not k.endswith('num_batches_tracked')}
    save_file(tensors, a.out, metadata=meta)
    print(f'{a.out}: {len(tensors)} tensors')
    if a.golden:
        picture = np.ascontiguousarray(cv2.imread(a.picture)[:, :, ::-1])
        golden.write(a.golden, model, config, a.model, letterbox(picture, a.size)[0])
        print(a.golden)


if __name__ == '__main__':
    main()
