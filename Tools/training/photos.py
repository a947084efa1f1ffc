"""Photos of a COCO instances file, decoded and kept in memory, with boxes and vocabulary."""
import json
import math
import os

import cv2
import numpy as np

WEAK = 0.3  # weight of a class as a negative in a photo where people did not look for all of it


class Photos:
    """pixels: RGB uint8; boxes: x1, y1, x2, y2, class (COCO id - 1), score (1: a person drew it), weight as a
    positive, row of alternatives; alternatives: by row, the target of each of the 90 classes beside the box's
    own (row 0: none); negative: 90 weights, WEAK for the classes outside the photo's vocabulary.
    soft: a file of label.py, what a teacher sees in the photos."""

    def __init__(self, annotations, photos, limit=0, soft=None):
        data = json.load(open(annotations))
        self.categories = data['categories']
        self.meta = data['images'][:limit] if limit else data['images']
        boxes = {}
        for a in data['annotations']:
            if not a.get('iscrowd'):
                x, y, w, h = a['bbox']
                boxes.setdefault(a['image_id'], []).append(
                    (x, y, x + w, y + h, a['category_id'] - 1, a.get('score', 1.0), 1.0, 0))
        every = {c['id'] for c in self.categories}
        self.pixels, self.boxes, self.negative = [], [], []
        self.alternatives = [np.zeros(90, np.float32)]
        soft = dict(np.load(soft)) if soft else None
        for m in self.meta:
            im = cv2.imread(os.path.join(photos, m['file_name']), cv2.IMREAD_COLOR)
            if im is None:
                raise SystemExit(f"cannot read {m['file_name']} under {photos}")
            self.pixels.append(np.ascontiguousarray(im[:, :, ::-1]))
            own = np.array(boxes.get(m['id'], []), np.float32).reshape(-1, 8)
            if soft is not None:
                seen = soft['image'] == m['id']
                own = joined(own, soft['box'][seen], soft['score'][seen].astype(np.float32), self.alternatives)
            self.boxes.append(own)
            w = np.ones(90, np.float32)
            w[[c - 1 for c in every - set(m.get('vocabulary', every))]] = WEAK
            self.negative.append(w)
        self.alternatives = np.stack(self.alternatives)

    def __len__(self):
        return len(self.pixels)

    def repeat_factors(self, share, cap=4.0):
        """How often a photo is taken in one pass: more where its rarest class is in fewer photos than share."""
        sets = [set(b[b[:, 5] == 1, 4].astype(int)) for b in self.boxes]
        f = np.zeros(90)
        for s in sets:
            for c in s:
                f[c] += 1.0 / len(sets)
        return np.array([min(cap, max([1.0] + [math.sqrt(share / f[c]) for c in s])) for s in sets])

    def class_boost(self, power, cap=2.5):
        """Weight of positives by class: (count of the most frequent class / own count) ^ power."""
        n = np.bincount(np.concatenate([b[:, 4] for b in self.boxes]).astype(int), minlength=90)
        return np.clip((n.max() / np.maximum(n, 1)) ** power, 1, cap).astype(np.float32)


def joined(own, boxes, scores, alternatives, unseen=0.7, trusted=0.3):
    """A photo's own boxes joined with what a teacher sees (boxes n x 4, scores n x 90). Where both mean the
    same thing, half of the teacher's scores for other classes are targets beside the own one; a box of people
    that the teacher does not see weighs less; what it sees alone, from a score of `trusted` on, is a further
    box."""
    overlap = iou(own[:, :4], boxes)
    for b, o in zip(own, overlap):
        j = o.argmax() if len(o) else 0
        if len(o) and o[j] > 0.5:
            row = 0.5 * scores[j]
            row[int(b[4])] = 0
            row[row < 0.05] = 0
            if row.any():
                b[7] = len(alternatives)
                alternatives.append(row)
            if scores[j].max() < 0.1:
                b[6] = unseen
        else:
            b[6] = unseen
    alone = [(*b, s.argmax(), s.max(), 1.0, 0) for b, s, o in zip(boxes, scores, overlap.T)
             if s.max() >= trusted and (len(o) == 0 or o.max() < 0.4)]
    return np.concatenate([own, np.array(alone, np.float32).reshape(-1, 8)])


def iou(a, b):
    """Boxes x1 y1 x2 y2, n x 4 and m x 4: n x m."""
    side = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    both = side.clip(0).prod(2)
    area = lambda q: (q[:, 2:] - q[:, :2]).prod(1)
    return both / (area(a)[:, None] + area(b)[None] - both + 1e-9)
