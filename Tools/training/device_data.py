"""Photos, augmentation and anchor assignment on a GPU, a whole batch at a time.

The same recipe as augmentation.py and targets.py, with random numbers of its own.
"""
import numpy as np
import torch
import torch.nn.functional as F


class DevicePhotos:
    """All photos as uint8 on the device, at full and at half size (for shrinking without aliasing)."""

    def __init__(self, photos, device):
        side = max(max(p.shape[:2]) for p in photos.pixels)
        side += side % 2
        n, most = len(photos), max(1, max(len(b) for b in photos.boxes))
        full = torch.full((n, 3, side, side), 128, dtype=torch.uint8)
        boxes = torch.zeros(n, most, 6)
        for i, (p, b) in enumerate(zip(photos.pixels, photos.boxes)):
            full[i, :, :p.shape[0], :p.shape[1]] = torch.from_numpy(p).permute(2, 0, 1)
            boxes[i, :len(b)] = torch.from_numpy(b[:, :6])
        self.full, self.boxes, self.side = full.to(device), boxes.to(device), side
        self.half = torch.cat([F.avg_pool2d(q.float(), 2).round().to(torch.uint8) for q in self.full.split(64)])
        self.size = torch.tensor([(p.shape[1], p.shape[0]) for p in photos.pixels], dtype=torch.float32, device=device)
        self.negative = torch.from_numpy(np.stack(photos.negative)).to(device)


class DeviceBatches:
    """Endless batches: pictures (B x 3 x S x S, normalised), boxes (B x M x 6; empty ones have no area)
    and class weights as negatives (B x 90)."""

    def __init__(self, photos, device, batch, repeat, seed):
        self.data, self.device, self.batch = DevicePhotos(photos, device), device, batch
        self.factors = torch.from_numpy(photos.repeat_factors(repeat)).float().to(device)
        self.random = torch.Generator(device=device).manual_seed(seed)

    def uniform(self, *shape, low=0.0, high=1.0):
        return low + (high - low) * torch.rand(*shape, device=self.device, generator=self.random)

    def __call__(self, size, mosaic, scale=(0.7, 2.0)):
        n, d = self.batch, self.data
        pick = torch.multinomial(self.factors, 4 * n, True, generator=self.random).view(n, 4)
        tiled = self.uniform(n, 1) < mosaic
        cx, cy = (self.uniform(2, n, 1, low=0.35, high=0.65) * size).floor()
        zero, full = torch.zeros_like(cx), torch.full_like(cx, size)
        # regions of the four tiles; a plain picture is one tile over the whole canvas
        x0, x1 = torch.cat([zero, cx, zero, cx], 1), torch.cat([cx, full, cx, full], 1)
        y0, y1 = torch.cat([zero, zero, cy, cy], 1), torch.cat([cy, cy, full, full], 1)
        first = torch.arange(4, device=self.device) == 0
        x0, y0 = torch.where(tiled, x0, zero), torch.where(tiled, y0, zero)
        x1 = torch.where(tiled, x1, torch.where(first, full, zero))
        y1 = torch.where(tiled, y1, torch.where(first, full, zero))
        rw, rh = x1 - x0, y1 - y0
        w, h = d.size[pick].unbind(-1)
        low = torch.where(tiled, 1.0, scale[0]).log()
        high = torch.where(tiled, 2.4, scale[1]).log()
        s = torch.minimum(rw / w, rh / h) * torch.exp(low + (high - low) * self.uniform(n, 4))
        aspect = torch.exp(self.uniform(n, 4, low=-0.12, high=0.12))
        sx, sy = (s * aspect).clamp(min=1e-6), (s / aspect).clamp(min=1e-6)
        nw, nh = w * sx, h * sy
        corner = ~tiled & (self.uniform(n, 4) < 0.6) & (nw <= rw) & (nh <= rh)
        place = lambda r, q: torch.where(corner, 0.0, torch.minimum(r - q, r * 0) + self.uniform(n, 4) * (r - q).abs())
        tx, ty = place(rw, nw), place(rh, nh)
        flip = self.uniform(n, 4) < 0.5
        ax, bx = torch.where(flip, -sx, sx), torch.where(flip, tx + nw, tx) + x0
        ay, by = sy, ty + y0
        pictures = self.warp(pick, ax, bx, ay, by, (x0, y0, x1, y1), s < 0.6, size)
        boxes = self.move(pick, ax, bx, ay, by, (x0, y0, x1, y1))
        negative = torch.where(tiled[..., None], d.negative[pick], d.negative[pick[:, :1]]).amin(1)
        return self.colour(pictures), boxes, negative

    def warp(self, pick, ax, bx, ay, by, region, shrink, size):
        d, at = self.data, torch.arange(size, device=self.device) + 0.5
        out = torch.full((len(pick), 3, size, size), 128.0, device=self.device)
        for j in range(4):
            q = lambda v: v[:, j, None]
            inside = lambda lo, hi: (at >= q(lo)) & (at < q(hi))
            u, v = (at - q(bx)) / q(ax), (at - q(by)) / q(ay)  # place in the photo, pixels
            used = inside(region[1], region[3])[:, :, None] & inside(region[0], region[2])[:, None, :]
            w, h = d.size[pick[:, j]].unbind(-1)
            within = (v[:, :, None] > 0) & (v[:, :, None] < h[:, None, None]) & (u[:, None, :] > 0) & (u[:, None, :] < w[:, None, None])
            grid = torch.stack(torch.broadcast_tensors(u[:, None, :] / d.side * 2 - 1, v[:, :, None] / d.side * 2 - 1), -1)
            for store, rows in ((d.full, ~shrink[:, j]), (d.half, shrink[:, j])):
                rows = torch.nonzero(rows & used.flatten(1).any(1))[:, 0]
                if len(rows):
                    tile = F.grid_sample(store[pick[rows, j]].float(), grid[rows], padding_mode='border', align_corners=False)
                    out[rows] = torch.where((used & within)[rows, None], tile, out[rows])
        return out

    def move(self, pick, ax, bx, ay, by, region):
        b = self.data.boxes[pick].clone()  # n x 4 x M x 6
        e = lambda v: v[..., None]
        left, right = b[..., 0] * e(ax) + e(bx), b[..., 2] * e(ax) + e(bx)
        top, bottom = b[..., 1] * e(ay) + e(by), b[..., 3] * e(ay) + e(by)
        left, right = torch.minimum(left, right), torch.maximum(left, right)
        full = (right - left) * (bottom - top)
        x0, y0, x1, y1 = map(e, region)
        clip = lambda v, lo, hi: torch.minimum(torch.maximum(v, lo), hi)
        left, right, top, bottom = clip(left, x0, x1), clip(right, x0, x1), clip(top, y0, y1), clip(bottom, y0, y1)
        bw, bh = right - left, bottom - top
        keep = (bw * bh > 0.35 * full) & (bw > 3) & (bh > 3)
        b = torch.cat([torch.stack([left, top, right, bottom], -1), b[..., 4:]], -1) * e(keep)
        b = b.flatten(1, 2)
        order = (b[..., 2] > b[..., 0]).int().argsort(stable=True, dim=1, descending=True)
        most = max(1, int((b[..., 2] > b[..., 0]).sum(1).max()))
        return b.gather(1, order[:, :most, None].expand(-1, -1, 6))

    def colour(self, x):
        n = len(x)
        u = lambda lo, hi, *more: self.uniform(n, *more, low=lo, high=hi)
        chance = lambda p, v, other: torch.where(self.uniform(n) < p, v, other)
        one = torch.ones(n, device=self.device)
        eye, grey = torch.eye(3, device=self.device), torch.full((3, 3), 1 / 3, device=self.device)
        c, b = chance(0.8, u(0.75, 1.3), one), chance(0.8, u(0.75, 1.3), one)
        s = chance(0.05, one * 0, chance(0.5, u(0.5, 1.5), one))
        balance = torch.where(self.uniform(n, 1) < 0.3, u(0.9, 1.1, 3), one[:, None])
        m = balance[:, :, None] * (s[:, None, None] * eye + (1 - s)[:, None, None] * grey)
        y = torch.einsum('nij,njhw->nihw', m, (x - 128) * c[:, None, None, None] + 128) * b[:, None, None, None]
        return y.clamp_(0, 255).sub_(127.5).div_(127.5).contiguous(memory_format=torch.channels_last)


def assign(anchors, boxes):
    """targets.Assignment for a batch. anchors: A x 4 (y1 x1 y2 x2); boxes: B x M x 6. Returns flat indexes
    of positives (batch * A + anchor), the row of boxes.view(-1, 6) of each, and their box codes."""
    a, b = anchors, boxes[..., None, :]
    inter = (torch.minimum(a[:, 2], b[..., 3]) - torch.maximum(a[:, 0], b[..., 1])).clamp_(min=0) \
        * (torch.minimum(a[:, 3], b[..., 2]) - torch.maximum(a[:, 1], b[..., 0])).clamp_(min=0)
    area = (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    iou = inter / ((a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1]) + area - inter)  # B x M x A
    n, m, total = iou.shape
    value, best = iou.max(1)
    claimed = iou.argmax(2)  # B x M
    real = boxes[..., 2] > boxes[..., 0]
    row = torch.arange(m, device=boxes.device).expand(n, m)
    forced = torch.full((n, total), m, device=boxes.device).scatter_reduce_(
        1, claimed, torch.where(real, row, m), 'amin')
    best = torch.where(forced < m, forced, best)
    k = torch.nonzero(((value >= 0.5) | (forced < m)).flatten())[:, 0]
    g = torch.div(k, total, rounding_mode='floor') * m + best.flatten()[k]
    box, an = boxes.reshape(-1, 6)[g], anchors[k % total]
    h, w = an[:, 2] - an[:, 0], an[:, 3] - an[:, 1]
    t = torch.stack([((box[:, 1] + box[:, 3]) - (an[:, 0] + an[:, 2])) / 2 / h, ((box[:, 0] + box[:, 2]) - (an[:, 1] + an[:, 3])) / 2 / w,
                     torch.log((box[:, 3] - box[:, 1]) / h), torch.log((box[:, 2] - box[:, 0]) / w)], 1)
    return k, g, t
