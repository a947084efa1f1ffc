#!/usr/bin/env python3
"""Joins COCO instances files and sets photos aside to choose recipes by.

    python prepare.py --out data --held-out 300 train.json train-more.json

writes DATA/all.json, DATA/train.json (all but the held-out ones) and DATA/held-out.json (only photos in
which people labelled every class).
"""
import argparse
import json
import os
import random


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('files', nargs='+')
    ap.add_argument('--out', required=True)
    ap.add_argument('--held-out', type=int, default=300)
    ap.add_argument('--seed', type=int, default=7)
    a = ap.parse_args()
    parts = [json.load(open(f)) for f in a.files]
    categories = parts[0]['categories']
    images = [m for p in parts for m in p['images']]
    boxes = [b for p in parts for b in p['annotations']]
    every = {c['id'] for c in categories}
    if len({m['id'] for m in images}) < len(images):
        raise SystemExit('an image id occurs twice')
    by_teacher = {b['image_id'] for b in boxes if 'score' in b}
    fit = [m['id'] for m in images if set(m.get('vocabulary', every)) >= every and m['id'] not in by_teacher]
    held = set(random.Random(a.seed).sample(fit, a.held_out))
    os.makedirs(a.out, exist_ok=True)
    for name, keep in (('all', lambda i: True), ('train', lambda i: i not in held), ('held-out', lambda i: i in held)):
        part = dict(categories=categories, images=[m for m in images if keep(m['id'])],
                    annotations=[b for b in boxes if keep(b['image_id'])])
        json.dump(part, open(os.path.join(a.out, name + '.json'), 'w'))
        print(f"{name}: {len(part['images'])} photos, {len(part['annotations'])} boxes")


if __name__ == '__main__':
    main()
