"""Photos of a COCO instances file, decoded and kept in memory, with boxes and vocabulary."""
import json
import math
import os

import cv2
import numpy as np

WEAK = 0.3  # weight of a class as a negative in a photo where people did not look for all of it


class Photos:
    """pixels: RGB uint8; boxes: x1, y1, x2, y2, class (COCO id - 1), score (1: a person drew it);
    negative: 90 weights, WEAK for the classes outside the photo's vocabulary."""

    def __init__(self, annotations, photos, limit=0):
        data = json.load(open(annotations))
        self.categories = data['categories']
        self.meta = data['images'][:limit] if limit else data['images']
        boxes = {}
        for a in data['annotations']:
            if not a.get('iscrowd'):
                x, y, w, h = a['bbox']
                boxes.setdefault(a['image_id'], []).append((x, y, x + w, y + h, a['category_id'] - 1, a.get('score', 1.0)))
        every = {c['id'] for c in self.categories}
        self.pixels, self.boxes, self.negative = [], [], []
        for m in self.meta:
            im = cv2.imread(os.path.join(photos, m['file_name']), cv2.IMREAD_COLOR)
            if im is None:
                raise SystemExit(f"cannot read {m['file_name']} under {photos}")
            self.pixels.append(np.ascontiguousarray(im[:, :, ::-1]))
            self.boxes.append(np.array(boxes.get(m['id'], []), np.float32).reshape(-1, 6))
            w = np.ones(90, np.float32)
            w[[c - 1 for c in every - set(m.get('vocabulary', every))]] = WEAK
            self.negative.append(w)

    def __len__(self):
        return len(self.pixels)

    def repeat_factors(self, share, cap=4.0):
        """How often a photo is taken in one pass: more where its rarest class is in fewer photos than share."""
        sets = [set(b[:, 4].astype(int)) for b in self.boxes]
        f = np.zeros(90)
        for s in sets:
            for c in s:
                f[c] += 1.0 / len(sets)
        return np.array([min(cap, max([1.0] + [math.sqrt(share / f[c]) for c in s])) for s in sets])

    def class_boost(self, power, cap=2.5):
        """Weight of positives by class: (count of the most frequent class / own count) ^ power."""
        n = np.bincount(np.concatenate([b[:, 4] for b in self.boxes]).astype(int), minlength=90)
        return np.clip((n.max() / np.maximum(n, 1)) ** power, 1, cap).astype(np.float32)
