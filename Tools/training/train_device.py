"""Training on a CUDA device: one process, photos and augmentation on the device, bfloat16, channels last."""
import copy
import math
import os
import time

import torch
import torch.nn.functional as F

import network
from device_data import DeviceBatches, assign
from schedule import learning_rate, say, total_steps
from targets import Assignment


def detection_loss(cls, box, k, c, t, soft, boost, negative, alpha=0.25, gamma=1.5, delta=0.1, box_weight=50.0):
    """EfficientDet's loss in plain PyTorch; levels as effdet
    gives them (B x C x H x W)."""
    n = cls[0].shape[0]
    x = torch.cat([q.float().permute(0, 2, 3, 1).reshape(n, -1, 90) for q in cls], 1)
    codes = torch.cat([q.float().permute(0, 2, 3, 1).reshape(n, -1, 4) for q in box], 1).view(-1, 4)
    p = torch.sigmoid(x)
    lc = ((1 - alpha) * p.pow(gamma) * F.softplus(x) * negative[:, None, :]).sum()
    rows, anchors = k // x.shape[1], k % x.shape[1]
    v, w = x[rows, anchors, c], negative[rows, c]
    q = torch.sigmoid(v)
    lc = lc + (soft * (boost * alpha * (1 - q).pow(gamma) * F.softplus(-v)
                       - (1 - alpha) * q.pow(gamma) * F.softplus(v) * w)).sum()
    positives = len(k) + 1.0
    lc = lc / positives
    e = (codes[k] - t).abs()
    h = e.clamp(max=delta)
    lb = (0.5 * h * h + delta * (e - h)).sum() / (positives * 4)
    return lc + box_weight * lb, lc.detach(), lb.detach()


def groups(model, args):
    """Parameter groups for AdamW: learning-rate factor of the backbone, no decay on vectors."""
    made = {}
    for n, p in model.named_parameters():
        if p.requires_grad:
            made.setdefault((n.startswith('backbone'), p.ndim < 2), []).append(p)
    return [dict(params=v, factor=args.backbone_rate if back else 1.0, weight_decay=0.0 if flat else args.decay)
            for (back, flat), v in made.items()]


def train(args, photos, model, config):
    device = torch.device(args.device)
    cuda = device.type == 'cuda'
    if cuda:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    model = model.to(device, memory_format=torch.channels_last)
    sizes = {args.size, args.small}
    feature_sizes = network.Sizes(args.model, sizes)
    anchors = {s: Assignment(config, s).anchors.to(device) for s in sizes}
    optimiser = torch.optim.AdamW(groups(model, args), lr=args.lr, betas=(0.9, 0.99), fused=cuda)
    average = copy.deepcopy(model).requires_grad_(False)
    start, last = 0, os.path.join(args.out, 'last.pt')
    if os.path.exists(last):
        d = torch.load(last, map_location=device, weights_only=True)
        model.load_state_dict(d['model']); average.load_state_dict(d['ema']); optimiser.load_state_dict(d['optimiser'])
        start = d['step']
    batches = DeviceBatches(photos, device, args.batch, args.repeat, args.seed * 1000 + start)
    boost = torch.from_numpy(photos.class_boost(args.boost)).to(device)
    run = torch.compile(model) if args.compile else model
    floating = lambda m: [v for v in m.state_dict().values() if v.is_floating_point()]
    ours, kept = floating(model), floating(average)
    say(args, f'{len(photos)} photos on {device}, from step {start} of {args.steps}')
    network.training_mode(model)
    sums, clock, saved, total, said = torch.zeros(3, device=device), time.time(), time.time(), args.steps, start

    def save(step):
        torch.save(dict(model=model.state_dict(), ema=average.state_dict(), optimiser=optimiser.state_dict(), step=step), last + '.tmp')
        os.replace(last + '.tmp', last)

    step = start
    while step < total:
        f = step / total
        size = args.small if f < args.small_part else args.size
        feature_sizes.apply(model, size)
        plain = f >= args.plain_from
        x, boxes, negative = batches(size, 0.0 if plain else args.mosaic, args.plain_scale if plain else args.scale)
        k, g, t = assign(anchors[size], boxes)
        rows = boxes.view(-1, 6)[g]
        c = rows[:, 4].long()
        with torch.autocast(device.type, torch.bfloat16, enabled=cuda):
            cls, box = run(x)
        loss, lc, lb = detection_loss(cls, box, k, c, t, rows[:, 5], boost[c], negative)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        step += 1
        for q in optimiser.param_groups:
            q['lr'] = learning_rate(args, step, total, start) * q['factor']
        torch.nn.utils.clip_grad_norm_([p for q in optimiser.param_groups for p in q['params']], args.clip)
        optimiser.step()
        torch._foreach_lerp_(kept, ours, 1 - min(args.average, (1 + step) / (10 + step)))
        sums += torch.stack([loss.detach(), lc, lb])
        if step - said >= args.say_every:
            m = (sums / (step - said)).tolist()
            if not math.isfinite(m[0]):
                raise SystemExit('the loss is no longer finite')
            say(args, f'step {step}/{total} size {size} lr {optimiser.param_groups[-1]["lr"]:.2e} loss {m[0]:.3f} class {m[1]:.3f} '
                f'box {m[2]:.4f} {(step - said) * args.batch / (time.time() - clock):.1f} img/s')
            sums.zero_()
            said, clock, total = step, time.time(), total_steps(args, total)
        if time.time() - saved > 60 * args.save_every:
            save(step)
            saved = time.time()
    save(step)
    say(args, f'done at step {step}')
