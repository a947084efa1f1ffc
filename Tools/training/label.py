#!/usr/bin/env python3
"""Shows photos to a teacher, YOLOX-Nano as ncnn files (yolox-nano.param, .bin), and writes what it sees.

    python label.py TEACHER --annotations all.json --photos photos --out soft.npz

The file holds, by box, `image` (id), `box` (x1 y1 x2 y2 in the photo's pixels) and `score` (90 classes, index =
COCO id - 1, float16): the mean of two views, the photo and its mirror image at 416 px.
"""
import argparse
import json
import multiprocessing
import os
import tempfile

import cv2
import ncnn
import numpy as np

from photos import iou

MEAN, STD = np.array([123.675, 116.28, 103.53], np.float32), np.array([58.395, 57.12, 57.375], np.float32)


def load(folder):
    """The network without its first layer, a custom one (four strided slices), which `see` does itself."""
    lines = open(os.path.join(folder, 'yolox-nano.param')).read().splitlines()
    layers, blobs = lines[1].split()
    focus = next(q for q in lines if q.startswith('YoloV5Focus')).split()
    kept = [q for q in lines[2:] if q.split()[:1] not in (['YoloV5Focus'], ['Input'])]
    text = [lines[0], f'{int(layers) - 1} {int(blobs) - 1}', f'Input images 0 1 {focus[5]}', *kept]
    net = ncnn.Net()
    net.opt.num_threads = 1
    with tempfile.NamedTemporaryFile('w', suffix='.param') as f:
        f.write('\n'.join(text) + '\n')
        f.flush()
        if net.load_param(f.name) or net.load_model(os.path.join(folder, 'yolox-nano.bin')):
            raise SystemExit(f'cannot read the teacher in {folder}')
    return net, focus[5]


def see(net, first, pixels, size, mirrored):
    """Boxes (x1 y1 x2 y2, the photo's pixels) and scores of 80 classes at every place of the network's output."""
    h, w = pixels.shape[:2]
    r = size / max(h, w)
    nw, nh = round(w * r), round(h * r)
    small = cv2.resize(pixels, (nw, nh), interpolation=cv2.INTER_LINEAR)
    x = np.full((-(-nh // 32) * 32, -(-nw // 32) * 32, 3), 114, np.uint8)
    x[:nh, :nw] = small[:, ::-1] if mirrored else small
    rows, columns = x.shape[:2]
    x = ((x.astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)
    x = np.ascontiguousarray(np.concatenate([x[:, ::2, ::2], x[:, 1::2, ::2], x[:, ::2, 1::2], x[:, 1::2, 1::2]]))
    run = net.create_extractor()
    run.input(first, ncnn.Mat(x).clone())
    out = np.array(run.extract('output')[1])
    grid = np.concatenate([np.stack([g[1].ravel(), g[0].ravel(), np.full(g[0].size, s)], 1) for s in (8, 16, 32)
                           for g in [np.mgrid[:rows // s, :columns // s]]]).astype(np.float32)
    centre, half = (out[:, :2] + grid[:, :2]) * grid[:, 2:], np.exp(out[:, 2:4]) * grid[:, 2:] / 2
    box = np.concatenate([centre - half, centre + half], 1)
    if mirrored:
        box[:, [0, 2]] = nw - box[:, [2, 0]]
    return box / np.array([nw / w, nh / h] * 2, np.float32), out[:, 4:5] * out[:, 5:]


def merged(views, low=0.08, least=0.15, same=0.6):
    """One box for each thing: what overlaps the best one by more than `same` is the same thing. Its scores are
    the mean over the views (0 where one does not see it), its box the mean weighed by them."""
    some = [s.max(1) > low for _, s in views]
    boxes, scores = (np.concatenate([q[i][k] for q, k in zip(views, some)]) for i in (0, 1))
    view = np.concatenate([np.full(k.sum(), v) for v, k in enumerate(some)])
    best, overlap, left, out = scores.max(1), iou(boxes, boxes), np.ones(len(boxes), bool), []
    for i in best.argsort()[::-1]:
        if left[i]:
            left &= overlap[i] <= same
            of = [(np.where((view == v) & (overlap[i] > same), best, 0)).argmax() for v in np.unique(view[overlap[i] > same])]
            score = scores[of].sum(0) / len(views)
            if score.max() > least:
                out.append((np.average(boxes[of], axis=0, weights=best[of]), score))
    return out


def label(job):
    folder, photos, images, ids = job
    net, first = load(folder)
    found = []
    for m in images:
        pixels = cv2.imread(os.path.join(photos, m['file_name']), cv2.IMREAD_COLOR)[:, :, ::-1]
        for box, score in merged([see(net, first, pixels, 416, mirrored) for mirrored in (False, True)]):
            wide = np.zeros(90, np.float16)
            wide[ids] = score
            found.append((m['id'], box, wide))
    return found


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('teacher')
    ap.add_argument('--annotations', required=True)
    ap.add_argument('--photos', required=True)
    ap.add_argument('--out', required=True)
    ap.add_argument('--workers', type=int, default=2)
    a = ap.parse_args()
    data = json.load(open(a.annotations))
    ids = sorted(c['id'] - 1 for c in data['categories'])
    jobs = [(a.teacher, a.photos, data['images'][i::a.workers], ids) for i in range(a.workers)]
    with multiprocessing.Pool(a.workers) as pool:
        found = [q for part in pool.map(label, jobs) for q in part]
    image, box, score = zip(*found)
    np.savez(a.out, image=np.array(image), box=np.array(box, np.float32), score=np.array(score))
    print(f"{len(data['images'])} photos, {len(found)} boxes")


if __name__ == '__main__':
    main()
