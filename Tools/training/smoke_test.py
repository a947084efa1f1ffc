#!/usr/bin/env python3
"""A timed run of the whole recipe on made-up photos: prepare, train, resume, evaluate, export.

    python smoke_test.py [--device cuda] [--steps 12]

Coloured rectangles on noise, in two classes. Nothing is learned in a dozen steps; the test is that every
part runs, that a run resumes, that the loss is finite, and that what was exported is what was trained.
Prints the time of each part and the training speed, so that no machine time is wasted on a broken run.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import cv2
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def photos(folder, count, seed):
    rng = np.random.default_rng(seed)
    os.makedirs(os.path.join(folder, 'photos'))
    images, boxes = [], []
    for i in range(count):
        h, w = int(rng.integers(180, 380)), int(rng.integers(180, 380))
        im = rng.integers(0, 120, (h, w, 3), dtype=np.uint8)
        for _ in range(int(rng.integers(0, 5))):
            bw, bh = int(rng.integers(30, w // 2)), int(rng.integers(30, h // 2))
            x, y, kind = int(rng.integers(0, w - bw)), int(rng.integers(0, h - bh)), int(rng.integers(0, 2))
            im[y:y + bh, x:x + bw] = (60, 60, 250) if kind else (250, 200, 60)
            boxes.append(dict(id=len(boxes) + 1, image_id=i, category_id=(1, 3)[kind], bbox=[x, y, bw, bh], area=bw * bh, iscrowd=0))
        cv2.imwrite(os.path.join(folder, 'photos', f'{i}.png'), im)
        images.append(dict(id=i, file_name=f'{i}.png', width=w, height=h, vocabulary=[1, 3]))
    json.dump(dict(images=images, annotations=boxes, categories=[dict(id=1, name='person'), dict(id=3, name='car')]),
              open(os.path.join(folder, 'made.json'), 'w'))
    # A teacher that sees every other box, takes it for a car as well, and one more in every photo.
    seen = [(b['image_id'], b['bbox'], b['category_id'] - 1) for b in boxes[::2]] + [(m['id'], (5, 5, 40, 40), 2) for m in images]
    score = np.zeros((len(seen), 90), np.float16)
    score[:, 2] = 0.4
    score[np.arange(len(seen)), [c for _, _, c in seen]] = 0.8
    np.savez(os.path.join(folder, 'soft.npz'), image=np.array([i for i, _, _ in seen]), score=score,
             box=np.array([(x, y, x + w, y + h) for _, (x, y, w, h), _ in seen], np.float32))


def run(*command):
    start = time.time()
    done = subprocess.run([sys.executable, '-W', 'ignore', os.path.join(HERE, command[0]), *map(str, command[1:])], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f'{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}')
    print(f'{command[0]:12} {time.time() - start:6.1f} s', flush=True)
    return done.stdout


def check(fact, text):
    if not fact:
        sys.exit('failed: ' + text)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--device', default='cpu')
    ap.add_argument('--portable', action='store_true')
    ap.add_argument('--compile', action='store_true')
    ap.add_argument('--steps', type=int, default=12)
    ap.add_argument('--batch', type=int, default=4)
    a = ap.parse_args()
    with tempfile.TemporaryDirectory() as d:
        at = lambda name: os.path.join(d, name)
        photos(d, 24, 5)
        run('prepare.py', '--out', d, '--held-out', 6, at('made.json'))
        check(len(json.load(open(at('train.json')))['images']) == 18, 'photos set aside')
        more = [f'--{k}' for k in ('portable', 'compile') if getattr(a, k)]
        if a.device == 'cpu' and not a.portable:
            more += ['--soft', at('soft.npz')]
        train = lambda n: run('train.py', '--annotations', at('train.json'), '--photos', at('photos'), '--out', at('run'), '--device', a.device,
                              '--steps', n, '--batch', a.batch, '--say-every', max(2, a.steps // 4), '--warmup', 2, *more)
        print(train(a.steps).strip())
        log = train(a.steps + 4)
        check(re.search(r'from step (\d+)', log) and int(re.search(r'from step (\d+)', log)[1]) >= a.steps, 'the second run resumes')
        check('nan' not in log and 'inf' not in log, 'finite losses')
        run('evaluate.py', at('run/last.pt'), '--annotations', at('held-out.json'), '--photos', at('photos'), '--json', at('report.json'))
        check(0 <= json.load(open(at('report.json')))['AP'] <= 1, 'an AP')
        run('export.py', at('run/last.pt'), at('out.safetensors'), '--source', 'smoke test',
            '--golden', at('out.golden.safetensors'), '--picture', at('photos/0.png'))
        import torch
        from safetensors import safe_open
        trained = torch.load(at('run/last.pt'), map_location='cpu', weights_only=True)['ema']
        with safe_open(at('out.safetensors'), 'pt') as f:
            check(set(f.keys()) == {k for k in trained if not k.endswith('num_batches_tracked')}, 'every tensor exported')
            check(all(torch.equal(f.get_tensor(k), trained[k].to(torch.bfloat16)) for k in f.keys()), 'exported what was trained')
    print('ok')


if __name__ == '__main__':
    main()
