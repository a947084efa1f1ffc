#!/usr/bin/env python3
"""Trains an EfficientDet of the Lite family on photos with boxes. See README.md.

    python train.py --annotations train.json --photos photos --out run --weights start.safetensors --steps 16000

On a CPU `--workers` processes, one thread each, train the same weights in shared memory: each
computes a gradient on its own batch and applies it under a lock. That wastes no time at barriers
when the machine has other work. The schedule counts steps of all workers; a number written into
RUN/steps changes their total while it runs. Stopped runs go on with the same command.
"""
import argparse
import math
import os
import random
import time

os.environ.setdefault('OMP_NUM_THREADS', '1')

import cv2
import numpy as np
import torch

import cpu_network
import network
from augmentation import sample
from cpu_network import Positives
from photos import Photos
from schedule import learning_rate, say, total_steps
from targets import Assignment


class Batches:
    """Endless random batches of augmented photos with their targets."""

    def __init__(self, photos, assignments, args, seed):
        self.photos, self.assignments, self.args = photos, assignments, args
        self.rng = random.Random(seed)
        self.factors = photos.repeat_factors(args.repeat)
        self.cumulative = list(np.cumsum(self.factors))
        self.boost = photos.class_boost(args.boost)
        self.order = []

    def another(self):
        return self.rng.choices(range(len(self.photos)), cum_weights=self.cumulative)[0]

    def next_photo(self):
        if not self.order:
            self.order = [i for i, f in enumerate(self.factors) for _ in range(int(f + self.rng.random()))]
            self.rng.shuffle(self.order)
        return self.order.pop()

    def __call__(self, size, mosaic, scale):
        assign = self.assignments[size]
        xs, ks, bs, ts, ws = [], [], [], [], []
        for i in range(self.args.batch):
            x, b, w = sample(self.photos, self.next_photo(), size, self.rng, self.rng.random() < mosaic, self.another,
                             scale)
            k, g, t = assign(b)
            xs.append(x); ws.append(w); ts.append(t)
            ks.append(k + i * len(assign.a)); bs.append(b[g])
        x = torch.from_numpy(np.stack(xs)).permute(0, 3, 1, 2)  # channels last in memory
        k, b, t = np.concatenate(ks), np.concatenate(bs), np.concatenate(ts)
        c = b[:, 4].astype(np.int64)
        # the classes that a positive anchor may be called beside its own
        others = self.photos.alternatives[b[:, 7].astype(np.int64)]
        at, other = np.nonzero(others)
        as_tensor = lambda *q: torch.from_numpy(np.concatenate(q))
        positives = Positives(as_tensor(k), as_tensor(t), as_tensor(b[:, 5]), as_tensor(k, k[at]), as_tensor(c, other),
                              as_tensor(b[:, 5], others[at, other]), as_tensor(self.boost[c] * b[:, 6], self.boost[other]))
        return x.float().sub_(127.5).div_(127.5), positives, torch.from_numpy(np.stack(ws))


class Shared:
    """All learned parameters as views into one shared vector, with optimiser state, gradient and average."""

    def __init__(self, model, backbone_rate, decay):
        named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        group = lambda n, p: (n.startswith('backbone'), p.ndim < 2)
        named.sort(key=lambda q: group(*q))
        self.names = [n for n, _ in named]
        total = sum(p.numel() for _, p in named)
        make = lambda n=total: torch.zeros(n).share_memory_()
        self.p, self.m, self.v, self.ema = make(), make(), make(), make()
        segments, scales, i = [], [], 0
        self.places = []
        for n, p in named:
            self.p[i:i + p.numel()] = p.detach().flatten()
            p.data = self.p[i:i + p.numel()].view(p.shape)
            self.places.append((n, p, i))
            back, flat = group(n, p)
            scale = (backbone_rate if back else 1.0, 0.0 if flat else decay)
            if segments and scales[-1] == scale:
                segments[-1][1] = i + p.numel()
            else:
                segments.append([i, i + p.numel()]); scales.append(scale)
            i += p.numel()
        self.segments, self.scales = torch.tensor(segments), torch.tensor(scales)
        self.ema.copy_(self.p)
        # batch-norm statistics that move
        self.buffers = [(n, b) for n, b in model.named_buffers() if b.is_floating_point() and not n.startswith('backbone')]
        self.s, self.s_ema = make(sum(b.numel() for _, b in self.buffers)), make(sum(b.numel() for _, b in self.buffers))
        i = 0
        for n, b in self.buffers:
            self.s[i:i + b.numel()] = b.flatten()
            b.data = self.s[i:i + b.numel()].view(b.shape)
            i += b.numel()
        self.s_ema.copy_(self.s)

    def own_gradient(self):
        """Called in each worker: a private gradient vector that the parameters' .grad point into."""
        self.g = torch.zeros_like(self.p)
        for _, p, i in self.places:
            p.grad = self.g[i:i + p.numel()].view(p.shape)

    def averaged(self, model):
        d = {k: v.detach().clone() for k, v in model.state_dict().items()}
        for n, p, i in self.places:
            d[n] = self.ema[i:i + p.numel()].view(p.shape).clone()
        i = 0
        for n, b in self.buffers:
            d[n] = self.s_ema[i:i + b.numel()].view(b.shape).clone()
            i += b.numel()
        return d

    def state(self):
        return {k: getattr(self, k) for k in ('p', 'm', 'v', 'ema', 's', 's_ema')}


def worker(rank, args, model, shared, photos, config, counter, lock, total, start):
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    torch.manual_seed(args.seed * 1000 + rank + start)
    sizes = {args.size, args.small}
    feature_sizes = network.Sizes(args.model, sizes)
    batches = Batches(photos, {s: Assignment(config, s) for s in sizes}, args, args.seed * 1000 + 7 * rank + start)
    run = cpu_network.CpuNetwork(model, args.freeze)
    network.training_mode(model)
    shared.own_gradient()
    said, saved, losses, clock = start, time.time(), [], time.time()
    while True:
        step = counter.value
        if step >= total.value:
            break
        f = step / total.value
        size = args.small if f < args.small_part else args.size
        feature_sizes.apply(model, size)
        plain = f >= args.plain_from
        x, positives, negative = batches(size, 0.0 if plain else args.mosaic, args.plain_scale if plain else args.scale)
        loss, lc, lb = cpu_network.detection_loss(*run(x), positives, negative)
        shared.g.zero_()
        loss.backward()
        norm = float(shared.g.norm())
        if not math.isfinite(norm):
            continue
        with lock:
            n = counter.value = counter.value + 1
            lr = learning_rate(args, n, total.value, start)
            keep = min(args.average, (1 + n) / (10 + n))
            cpu_network.kernels.adamw(shared.p, shared.g, shared.m, shared.v, shared.ema, shared.segments, shared.scales,
                                      lr, 0.9, 0.99, 1e-8, 1 - 0.9 ** n, 1 - 0.99 ** n, min(1.0, args.clip / (norm + 1e-6)), keep)
            shared.s_ema.lerp_(shared.s, 1 - keep)
        losses.append((float(loss.detach()), float(lc), float(lb), norm))
        if rank == 0:
            if n - said >= args.say_every:
                m = np.mean(losses, 0)
                say(args, f'step {n}/{total.value} size {size} lr {lr:.2e} loss {m[0]:.3f} class {m[1]:.3f} box {m[2]:.4f} '
                    f'norm {m[3]:.1f} {(n - said) * args.batch / (time.time() - clock):.1f} img/s')
                said, losses, clock = n, [], time.time()
                total.value = total_steps(args, total.value)
            if time.time() - saved > 60 * args.save_every:
                with lock:
                    save(args, model, shared, counter.value)
                saved = time.time()


def save(args, model, shared, step):
    path = os.path.join(args.out, 'last.pt')
    torch.save(dict(ema=shared.averaged(model), state=shared.state(), step=step), path + '.tmp')
    os.replace(path + '.tmp', path)


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = ap.add_argument
    add('--annotations', required=True, help='COCO instances file')
    add('--photos', required=True, help='folder that its file names start from')
    add('--out', required=True, help='folder for log.txt and last.pt')
    add('--model', default='tf_efficientdet_lite0')
    add('--imagenet', help='PyTorch file with ImageNet weights of the backbone, to start from nothing else')
    add('--weights', help='weights to start from: safetensors or last.pt')
    add('--steps', type=int, default=16000)
    add('--batch', type=int, default=8)
    add('--workers', type=int, default=2)
    add('--size', type=int, default=320)
    add('--small', type=int, default=256, help='size of the first part')
    add('--small-part', type=float, default=0.75)
    add('--lr', type=float, default=1.1e-3)
    add('--backbone-rate', type=float, default=0.25, help='factor on the learning rate')
    add('--warmup', type=int, default=100)
    add('--decay', type=float, default=0.02)
    add('--clip', type=float, default=10.0)
    add('--freeze', type=int, default=3, help='stages of the backbone that stay as they are, with the stem')
    add('--mosaic', type=float, default=0.3)
    add('--scale', type=float, nargs=2, default=(0.7, 2.0), help='of what just fits')
    add('--plain-from', type=float, default=0.82, help='no mosaics after this part, and --plain-scale')
    add('--plain-scale', type=float, nargs=2, default=(0.75, 1.5))
    add('--soft', help='what a teacher sees in the photos: a file of label.py')
    add('--repeat', type=float, default=0.08, help='share of photos below which a class is sampled more often')
    add('--boost', type=float, default=0.2, help='power of the weight of rare classes')
    add('--average', type=float, default=0.998, help='decay of the moving average of the weights')
    add('--say-every', type=int, default=50)
    add('--save-every', type=float, default=4, help='minutes')
    add('--limit', type=int, default=0, help='photos, for a smoke test')
    add('--seed', type=int, default=1)
    add('--device', default='cpu', help='cpu, or cuda: everything on the GPU, one process')
    add('--portable', action='store_true', help='the code path of the GPU, on a CPU')
    add('--compile', action='store_true', help='torch.compile (cuda)')
    return ap.parse_args()


def main():
    args = arguments()
    os.makedirs(args.out, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    model, config = network.build(args.model, args.size)
    last = os.path.join(args.out, 'last.pt')
    if os.path.exists(last):  # all of it, for the state below holds only what learns
        network.load_weights(model, last)
    elif args.imagenet:
        network.load_imagenet(model, args.imagenet)
    elif args.weights:
        network.load_weights(model, args.weights)
    network.freeze(model, args.freeze)
    if args.device != 'cpu' or args.portable:
        import train_device
        if args.soft:
            raise SystemExit('--soft: on the CPU only')
        return train_device.train(args, Photos(args.annotations, args.photos, args.limit), model, config)
    model.share_memory()
    shared = Shared(model, args.backbone_rate, args.decay)
    start = 0
    if os.path.exists(last):
        d = torch.load(last, map_location='cpu', weights_only=True)
        for k, v in shared.state().items():
            v.copy_(d['state'][k])
        start = d['step']
    photos = Photos(args.annotations, args.photos, args.limit, args.soft)
    cpu_network.use_kernels()
    say(args, f'{len(photos)} photos, from step {start} of {args.steps}, {shared.p.numel()} parameters: {vars(args)}')
    mp = torch.multiprocessing.get_context('fork')
    counter, total, lock = mp.Value('l', start, lock=False), mp.Value('l', args.steps, lock=False), mp.Lock()
    ps = [mp.Process(target=worker, args=(r, args, model, shared, photos, config, counter, lock, total, start))
          for r in range(args.workers)]
    for p in ps:
        p.start()
    for p in ps:
        p.join()
    if any(p.exitcode for p in ps):
        raise SystemExit('a worker failed')
    save(args, model, shared, counter.value)
    say(args, f'done at step {counter.value}')


if __name__ == '__main__':
    main()
