"""Reference tensors of a network on one picture, computed in float64, for `vedette parity`.

Tensors: image_u8, image, tap.c3...c5, tap.fpn.FIRST/LAST.p3...p7, tap.class.p*, tap.box.p*, detections
(x1 y1 x2 y2 score id; effdet's post-processing, NMS by class at IoU 0.5) and detections.soft (Gaussian,
sigma 0.5). Metadata: tolerance, a JSON object by tensor: ten times what float32 differs from float64.
"""
import json
from importlib.metadata import version

import torch
from safetensors.torch import save_file

from evaluate import decode

LEAST = 0.05  # scores below are not written


def taps(model, x):
    kept, hooks = {}, []

    def watch(module, names):
        hooks.append(module.register_forward_hook(lambda m, i, out: kept.update({n: t.detach().clone() for n, t in zip(names, out)})))

    levels = [f'p{3 + i}' for i in range(5)]
    watch(model.backbone, ['tap.c3', 'tap.c4', 'tap.c5'])
    cells = list(model.fpn.cell)
    for i in sorted({0, len(cells) - 1}):
        watch(cells[i], [f'tap.fpn.{i}.{l}' for l in levels])
    watch(model.class_net, [f'tap.class.{l}' for l in levels])
    watch(model.box_net, [f'tap.box.{l}' for l in levels])
    with torch.no_grad():
        model(x)
    for h in hooks:
        h.remove()
    return kept


def overlap(box, boxes):
    """IoU of one box with many."""
    wh = (torch.minimum(box[2:], boxes[:, 2:]) - torch.maximum(box[:2], boxes[:, :2])).clamp(min=0)
    inter = wh.prod(1)
    area = lambda b: (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    return torch.where(inter > 0, inter / (area(box) + area(boxes) - inter).clamp(min=1e-12), inter)


def suppressed(boxes, scores, classes, soft, keep=100):
    """Rows (box, score, id) in the order of picking."""
    score, live, rows = scores.clone(), torch.ones(len(scores), dtype=torch.bool), []
    while live.any() and len(rows) < keep:
        i = int(torch.where(live, score, -1).argmax())
        if score[i] < LEAST:
            break
        rows.append(torch.cat([boxes[i], score[i:i + 1], classes[i:i + 1] + 1.0]))
        live[i] = False
        same = torch.nonzero(live & (classes == classes[i]))[:, 0]
        iou = overlap(boxes[i], boxes[same])
        if soft:
            score[same] *= torch.exp(-iou * iou / 0.5)
        else:
            live[same[iou > 0.5]] = False
    return torch.stack(rows) if rows else torch.zeros(0, 6, dtype=torch.float64)


def write(path, model, config, name, picture, most=4_000_000):
    """picture: size x size x 3 uint8, already letterboxed. The model is in float32 and eval mode."""
    from targets import Assignment
    size = picture.shape[0]
    mean, std = (torch.tensor(v, dtype=torch.float64) for v in (config.mean, config.std))
    u8 = torch.from_numpy(picture)
    image = ((u8.double() / 255 - mean) / std).permute(2, 0, 1)[None].float()
    single = taps(model.float(), image)
    exact = taps(model.double(), image.double())
    model.float()
    drift = {k: float((exact[k] - single[k].double()).abs().max()) for k in exact}
    flat = lambda kind, n: torch.cat([exact[f'tap.{kind}.p{3 + i}'].permute(0, 2, 3, 1).reshape(-1, n) for i in range(5)])
    logits, codes = flat('class', 90), flat('box', 4)
    top, at = logits.flatten().topk(5000)
    anchor, classes = at // 90, at % 90
    boxes = decode(codes[anchor], Assignment(config, size).anchors[anchor].double()).clamp(0, size)
    tensors = {'image_u8': u8[None], 'image': image}
    for k, v in exact.items():
        tensors.update({k + '.s2': v[:, :, ::2, ::2]} if v.numel() * 4 > most else {k: v})
    tensors['detections'] = suppressed(boxes, top.sigmoid(), classes, False)
    tensors['detections.soft'] = suppressed(boxes, top.sigmoid(), classes, True)
    tolerance = {k: float(f'{max(1e-4, 10 * d):.1e}') for k, d in drift.items()}
    tolerance.update({'detections.box': 0.25, 'detections.score': 2e-3, 'detections.soft.score': 4e-3})
    meta = dict(model=name, image_size=str(size), num_classes='90', mean=json.dumps(list(config.mean)),
                std=json.dumps(list(config.std)), torch=torch.__version__, timm=version('timm'), effdet=version('effdet'),
                reference='float64 network and post-processing, rounded once to float32',
                float32_drift=f'{max(drift.values()):.3g}', tolerance=json.dumps(tolerance))
    save_file({k: (v if v.dtype == torch.uint8 else v.float()).contiguous() for k, v in tensors.items()}, path, meta)
    print(f"{len(tensors['detections'])} detections, {len(tensors['detections.soft'])} with soft suppression")
