#!/usr/bin/env python3
"""Writes the fixtures of EvaluationTests: annotations, results, and what pycocotools says of them.

    pip install pycocotools numpy
    python3 Tools/evaluation/make_fixtures.py            # rewrites Tests/Fixtures/evaluation

Each fixture is one JSON file {"name", "annotations", "results", "stats", "classes"}; `stats` holds the twelve
numbers in COCO's order (-1: undefined), `classes` AP and AP50 by category id. Deterministic.
"""
import contextlib
import copy
import io
import json
import os
import random
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

OUT = os.path.join(os.path.dirname(__file__), "../../Tests/Fixtures/evaluation")


def measure(annotations, results):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(annotations)
        truth.createIndex()
        run = COCOeval(truth, truth.loadRes(copy.deepcopy(results)), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    classes = {}
    for k, category in enumerate(run.params.catIds):
        curve, half = run.eval["precision"][:, :, k, 0, 2], run.eval["precision"][0, :, k, 0, 2]
        defined = curve[curve > -1]
        classes[str(category)] = [float(defined.mean()), float(half[half > -1].mean())] if len(defined) else None
    return [float(s) for s in run.stats], classes


class Scene:
    """Annotations and results under construction."""

    def __init__(self, images, categories):
        self.annotations = {
            "images": [{"id": i, "file_name": f"{i}.jpg", "width": 640, "height": 480} for i in images],
            "categories": [{"id": c, "name": f"class {c}"} for c in categories],
            "annotations": [],
        }
        self.results = []

    def object(self, image, category, box, crowd=0, area=None, id=None):
        listed = self.annotations["annotations"]
        listed.append({
            "id": len(listed) + 1 if id is None else id, "image_id": image, "category_id": category,
            "bbox": box, "area": box[2] * box[3] if area is None else area, "iscrowd": crowd})
        return self

    def result(self, image, category, box, score):
        self.results.append({"image_id": image, "category_id": category, "bbox": box, "score": score})
        return self


def crowds():
    s = Scene([1, 2, 3], [1, 2])
    s.object(1, 1, [0, 0, 400, 300], crowd=1).object(1, 1, [20, 20, 60, 60])
    for k in range(12):  # many inside the crowd, of which one found the single object
        s.result(1, 1, [10 + 30 * k, 15, 50, 55], 0.9 - 0.05 * k)
    s.result(1, 1, [22, 19, 58, 62], 0.5).result(1, 1, [500, 300, 50, 50], 0.45)
    s.object(2, 2, [50, 50, 100, 100], crowd=1)  # nothing but a crowd
    s.result(2, 2, [60, 60, 20, 20], 0.8).result(2, 2, [300, 60, 20, 20], 0.7)
    s.object(3, 2, [10, 10, 90, 90]).object(3, 2, [10, 10, 90, 90], crowd=1)  # the crowd lies upon it
    s.result(3, 2, [10, 10, 90, 90], 0.6).result(3, 2, [12, 12, 88, 88], 0.6).result(3, 2, [200, 200, 9, 9], 0.1)
    return s


def ties():
    s = Scene([7, 3, 5], [1, 3])  # images out of order
    for image in (3, 5, 7):
        s.object(image, 1, [10, 10, 100, 50]).object(image, 1, [60, 10, 100, 50]).object(image, 3, [5, 200, 40, 40])
    for k in range(9):
        s.result((5, 7, 3)[k % 3], 1, [12 + 6 * k, 11, 98, 52], 0.5)
    for k in range(9):  # equal scores in another image order, right and wrong mixed
        s.result((7, 3, 5)[k % 3], 3, [5 + 5 * k, 200, 40, 40], (0.5, 0.25)[k % 2])
    s.object(3, 1, [300, 100, 40, 40]).object(3, 1, [320, 100, 40, 40])  # equal overlap with both
    s.result(3, 1, [310, 100, 40, 40], 0.5).result(3, 1, [310, 100, 40, 40], 0.5)
    return s


def thresholds():
    """Overlaps that are exactly 0.50, 0.55 ... 0.95, 1; areas exactly on the limits of the size ranges."""
    s = Scene([1, 2], [1])
    for k in range(11):
        s.object(1, 1, [0, 30 * k, 100, 20]).result(1, 1, [0, 30 * k, 50 + 5 * k, 20], 0.99 - 0.01 * k)
    for k, side in enumerate((32, 96, 31.999, 32.001, 95.999, 96.001)):
        s.object(2, 1, [100 * k, 100, side, side]).result(2, 1, [100 * k, 100, side, side], 0.5 + 0.01 * k)
    s.object(2, 1, [0, 300, 50, 50], area=1024).result(2, 1, [0, 300, 50, 50], 0.4)  # outline's area
    s.object(2, 1, [100, 300, 50, 50], area=0).result(2, 1, [100, 300, 50, 50], 0.3)
    return s


def zero_areas():
    s = Scene([1, 2], [1, 2])
    s.object(1, 1, [10, 10, 0, 0]).object(1, 1, [50, 50, 20, 0]).object(1, 1, [100, 100, 30, 30])
    s.result(1, 1, [10, 10, 0, 0], 0.9).result(1, 1, [50, 50, 20, 0], 0.8).result(1, 1, [100, 100, 30, 30], 0.7)
    s.result(1, 1, [100, 100, 0, 30], 0.95).result(2, 1, [0, 0, 0, 0], 0.6)
    s.object(2, 2, [10, 10, 0, 40]).result(2, 2, [10, 10, 1, 40], 0.5)
    s.object(2, 2, [5, 5, 60, 60], crowd=1).result(2, 2, [6, 6, 0, 9], 0.4)
    return s


def many():
    """More than 100 results of a class in an image; the right ones among the last."""
    r = random.Random(5)
    s = Scene([1, 2], [1])
    for k in range(40):
        s.object(1, 1, [15 * k, 40, 12, 40 + k])
    for k in range(150):
        right = k >= 90 and k - 90 < 40
        box = [15 * (k - 90), 40, 12, 40 + k - 90] if right else [r.uniform(0, 500), r.uniform(150, 400), 20, 20]
        s.result(1, 1, box, 1 - k / 200)
    s.object(2, 1, [0, 0, 50, 50]).result(2, 1, [0, 0, 50, 50], 0.001)
    return s


def empties():
    """Images and classes without objects, without results, without both; results of an unknown class."""
    s = Scene([1, 2, 3, 4], [1, 2, 3, 4])
    s.object(1, 1, [0, 0, 80, 80]).object(2, 2, [0, 0, 80, 80])
    s.result(1, 1, [0, 0, 80, 80], 0.5).result(3, 1, [0, 0, 80, 80], 0.9).result(4, 3, [1, 1, 5, 5], 0.3)
    s.result(1, 77, [0, 0, 80, 80], 0.99)
    return s


def id_zero():
    """An object with the id 0, which pycocotools never takes for found."""
    s = Scene([0, 1], [1])
    s.object(0, 1, [0, 0, 50, 50], id=0).object(0, 1, [100, 0, 50, 50], id=9).object(1, 1, [0, 0, 20, 20], id=4)
    s.result(0, 1, [0, 0, 50, 50], 0.9).result(0, 1, [100, 0, 50, 50], 0.8).result(1, 1, [0, 0, 20, 20], 0.7)
    return s


def generated(seed, images=12, categories=5):
    r = random.Random(seed)
    ids = r.sample(range(1, 10000), images)
    s = Scene(ids, r.sample(range(1, 91), categories))
    classes = [c["id"] for c in s.annotations["categories"]]
    grid = r.choice([0, 1, 10])  # whole and coarse numbers make equal overlaps
    step = lambda v: round(v / grid) * grid if grid else v
    score = lambda: r.choice([r.random(), round(r.random(), 1)])
    for image in ids:
        for _ in range(r.choice([0, 1, 4, 9, 20])):
            side = r.choice([12, 40, 150])
            box = [step(r.uniform(0, 400)), step(r.uniform(0, 300)),
                   step(r.uniform(0, 2 * side)), step(r.uniform(0, 2 * side))]
            category, crowd = r.choice(classes), int(r.random() < 0.1)
            s.object(image, category, box, crowd, area=box[2] * box[3] * r.choice([1, 0.6]))
            for _ in range(r.choice([0, 1, 1, 2, 4])):
                moved = [step(v + r.gauss(0, side / r.choice([6, 20]))) for v in box]
                s.result(image, r.choice([category] * 4 + classes), moved[:2] + [abs(v) for v in moved[2:]], score())
        for _ in range(r.choice([0, 2, 15])):
            s.result(image, r.choice(classes),
                     [step(r.uniform(0, 500)), step(r.uniform(0, 400)), step(r.uniform(0, 90)), 30], score())
    r.shuffle(s.results)
    return s


def main():
    os.makedirs(OUT, exist_ok=True)
    scenes = {f.__name__: f() for f in (crowds, ties, thresholds, zero_areas, many, empties, id_zero)}
    for seed in range(1, 7):
        scenes[f"generated_{seed}"] = generated(seed)
    for name, scene in scenes.items():
        stats, classes = measure(scene.annotations, scene.results)
        with open(os.path.join(OUT, name + ".json"), "w") as f:
            json.dump({"name": name, "annotations": scene.annotations, "results": scene.results,
                       "stats": stats, "classes": classes}, f, separators=(",", ":"))
            f.write("\n")
        print(f"{name:14} {len(scene.results):4} results  " + " ".join("%.4f" % s for s in stats))
    return 0


if __name__ == "__main__":
    sys.exit(main())
