#!/usr/bin/env python3
"""COCO accuracy of a checkpoint or a safetensors file, with effdet's network and pycocotools.

    python evaluate.py run/last.pt --annotations val.json --photos photos --json report.json
"""
import argparse
import contextlib
import io
import json

import numpy as np
import torch

import network
from photos import Photos
from targets import Assignment


def letterbox(pixels, size):
    """Scaled to fit (PIL's bilinear, which averages where it shrinks), top left, the rest the mean."""
    from PIL import Image
    h, w = pixels.shape[:2]
    r = size / max(h, w)
    nw, nh = max(1, int(w * r)), max(1, int(h * r))
    out = np.full((size, size, 3), 128, np.uint8)
    out[:nh, :nw] = np.asarray(Image.fromarray(pixels).resize((nw, nh), Image.BILINEAR))
    return out, r, (nw, nh)


def decode(code, anchors):
    """Box codes (ty tx th tw) to x1 y1 x2 y2."""
    h, w = anchors[:, 2] - anchors[:, 0], anchors[:, 3] - anchors[:, 1]
    cy, cx = code[:, 0] * h + (anchors[:, 0] + anchors[:, 2]) / 2, code[:, 1] * w + (anchors[:, 1] + anchors[:, 3]) / 2
    bh, bw = code[:, 2].clamp(max=20).exp() * h, code[:, 3].clamp(max=20).exp() * w
    return torch.stack([cx - bw / 2, cy - bh / 2, cx + bw / 2, cy + bh / 2], 1)


@torch.no_grad()
def detect(model, photos, size, anchors, candidates=5000, iou=0.5, keep=100):
    """effdet's post-processing: the best (anchor, class) pairs, clip, NMS by class. Per photo: boxes in
    its own pixels, scores, COCO ids."""
    from torchvision.ops import nms
    pictures, ratios, extents = zip(*[letterbox(p, size) for p in photos])
    x = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float().sub_(127.5).div_(127.5)
    cls, box = model(x.contiguous(memory_format=torch.channels_last))
    n = len(photos)
    cls = torch.cat([c.float().permute(0, 2, 3, 1).reshape(n, -1) for c in cls], 1)
    box = torch.cat([c.float().permute(0, 2, 3, 1).reshape(n, -1, 4) for c in box], 1)
    out = []
    for i in range(n):
        s, o = cls[i].topk(candidates)
        s, a, c = s.sigmoid(), o // 90, o % 90
        b = decode(box[i][a], anchors[a])
        b[:, 0::2] = b[:, 0::2].clamp(0, extents[i][0])
        b[:, 1::2] = b[:, 1::2].clamp(0, extents[i][1])
        kept = []
        for k in c.unique():
            own = torch.nonzero(c == k)[:, 0]
            kept.append(own[nms(b[own], s[own], iou)])
        kept = torch.cat(kept)
        kept = kept[s[kept].argsort(descending=True)[:keep]]
        out.append(((b[kept] / ratios[i]).numpy(), s[kept].numpy(), c[kept].numpy() + 1))
    return out


def results(model, photos, size, anchors, batch=8):
    model.eval()
    rows = []
    for i in range(0, len(photos), batch):
        for m, (b, s, c) in zip(photos.meta[i:i + batch], detect(model, photos.pixels[i:i + batch], size, anchors)):
            rows += [dict(image_id=m['id'], category_id=int(k), score=float(z),
                          bbox=[float(q[0]), float(q[1]), float(q[2] - q[0]), float(q[3] - q[1])])
                     for q, z, k in zip(b, s, c)]
    return rows


NUMBERS = ('AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl')


def accuracy(annotations, rows):
    """The twelve COCO numbers, AP and AP50 by class, precision by score (IoU 0.5, all classes together)."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(annotations)
        e = COCOeval(truth, truth.loadRes(rows), 'bbox')
        e.evaluate(); e.accumulate(); e.summarize()
    r = {k: float(v) for k, v in zip(NUMBERS, e.stats)}
    p, r['classes'] = e.eval['precision'], {}
    for k, cid in enumerate(e.params.catIds):
        v = p[:, :, k, 0, 2]
        if (v > -1).any():
            r['classes'][truth.cats[cid]['name']] = dict(
                boxes=len(truth.getAnnIds(catIds=[cid], iscrowd=False)), AP=float(v[v > -1].mean()), AP50=float(v[0][v[0] > -1].mean()))
    hits, name = [], {c: q['name'] for c, q in truth.cats.items()}
    for q in e.evalImgs:
        if q is not None and q['aRng'] == e.params.areaRng[0] and q['maxDet'] == e.params.maxDets[-1]:
            for score, match, ignore in zip(q['dtScores'], q['dtMatches'][0], q['dtIgnore'][0]):
                if not ignore:
                    hits.append((score, match > 0, name[q['category_id']]))
    truths = sum(c['boxes'] for c in r['classes'].values())
    r['precision'] = [dict(score=t, shown=len(s), precision=float(np.mean(s)) if s else None, recall=sum(s) / truths)
                      for t in np.arange(0.05, 1.0, 0.05).round(2) for s in [[h for z, h, _ in hits if z >= t]]]
    hits.sort(key=lambda h: -h[0])
    r['score at precision 0.8'] = threshold(hits, 0.8)
    r['score at precision 0.8, persons'] = threshold([h for h in hits if h[2] == 'person'], 0.8)
    return r


def threshold(hits, precision):
    """Lowest score from which on the detections above it have this precision."""
    good = np.cumsum([h[1] for h in hits]) / np.arange(1, len(hits) + 1)
    at = np.nonzero(good >= precision)[0]
    return float(hits[at[-1]][0]) if len(at) else None


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('weights')
    ap.add_argument('--annotations', required=True)
    ap.add_argument('--photos', required=True)
    ap.add_argument('--model', default='tf_efficientdet_lite0')
    ap.add_argument('--size', type=int, default=320)
    ap.add_argument('--json', help='write the report here')
    ap.add_argument('--results', help='write the detections here, as a COCO results file')
    ap.add_argument('--threads', type=int, default=1)
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    model, config = network.build(a.model, a.size)
    network.load_weights(model, a.weights)
    model = model.to(memory_format=torch.channels_last)
    rows = results(model, Photos(a.annotations, a.photos), a.size, Assignment(config, a.size).anchors)
    if a.results:
        json.dump(rows, open(a.results, 'w'))
    r = accuracy(a.annotations, rows)
    if a.json:
        json.dump(r, open(a.json, 'w'), indent=1)
    print(' '.join(f'{k} {100 * r[k]:.2f}' for k in NUMBERS))
    print({k: v for k, v in r.items() if k.startswith('score at')})
    first = sorted(r['classes'].items(), key=lambda q: -q[1]['boxes'])[:16]
    print(' '.join(f"{n} {100 * v['AP']:.1f}/{100 * v['AP50']:.1f}" for n, v in first))


if __name__ == '__main__':
    main()
