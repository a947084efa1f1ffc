"""Augmentation on the CPU: scale jitter, aspect, crop, flip, mosaic, colour. One warp per photo."""
import math

import cv2
import numpy as np

GREY = (128, 128, 128)  # the Lite models' mean


def place(pixels, boxes, canvas, region, rng, scale, corner=False):
    """Warps one photo into region (x0, y0, x1, y1) of canvas, its size scale[0]...scale[1] of what just
    fits; returns the boxes that stay visible."""
    x0, y0, x1, y1 = region
    rw, rh = x1 - x0, y1 - y0
    h, w = pixels.shape[:2]
    s = min(rw / w, rh / h) * math.exp(rng.uniform(math.log(scale[0]), math.log(scale[1])))
    aspect = math.exp(rng.uniform(-0.12, 0.12))
    sx, sy = s * aspect, s / aspect
    nw, nh = w * sx, h * sy
    if corner and nw <= rw and nh <= rh:
        tx = ty = 0.0
    else:
        tx, ty = rng.uniform(min(0, rw - nw), max(0, rw - nw)), rng.uniform(min(0, rh - nh), max(0, rh - nh))
    flip = rng.random() < 0.5
    ax, bx = (-sx, tx + nw) if flip else (sx, tx)
    # pixel centres: u = a * (x + 0.5) + b - 0.5
    m = np.array([[ax, 0, bx + 0.5 * ax - 0.5], [0, sy, ty + 0.5 * sy - 0.5]], np.float32)
    if s < 0.6:  # shrinking: average first, as the evaluation's resampling does
        f = max(s, 0.25)
        small = cv2.resize(pixels, (max(1, round(w * f)), max(1, round(h * f))), interpolation=cv2.INTER_AREA)
        m[0, 0], m[1, 1] = ax * w / small.shape[1], sy * h / small.shape[0]
        m[0, 2], m[1, 2] = bx + 0.5 * m[0, 0] - 0.5, ty + 0.5 * m[1, 1] - 0.5
        pixels = small
    canvas[y0:y1, x0:x1] = cv2.warpAffine(pixels, m, (rw, rh), flags=cv2.INTER_LINEAR,
                                          borderMode=cv2.BORDER_CONSTANT, borderValue=GREY)
    if len(boxes) == 0:
        return boxes
    b = boxes.copy()
    left, right = boxes[:, 0] * ax + bx, boxes[:, 2] * ax + bx
    b[:, 0], b[:, 2] = np.minimum(left, right), np.maximum(left, right)
    b[:, 1], b[:, 3] = boxes[:, 1] * sy + ty, boxes[:, 3] * sy + ty
    full = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    b[:, 0], b[:, 2] = b[:, 0].clip(0, rw), b[:, 2].clip(0, rw)
    b[:, 1], b[:, 3] = b[:, 1].clip(0, rh), b[:, 3].clip(0, rh)
    bw, bh = b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]
    b = b[(bw * bh > 0.35 * full) & (bw > 3) & (bh > 3)]
    b[:, [0, 2]] += x0
    b[:, [1, 3]] += y0
    return b


def colour(pixels, rng):
    """Brightness, contrast, saturation, white balance as one 3 x 4 matrix on 8-bit pixels."""
    m, off = np.eye(3), np.zeros(3)
    grey = np.full((3, 3), 1 / 3)
    if rng.random() < 0.8:
        c, b = rng.uniform(0.75, 1.3), rng.uniform(0.75, 1.3)
        m, off = m * c * b, off + 128 * b * (1 - c)
    if rng.random() < 0.5:
        s = rng.uniform(0.5, 1.5)
        m = (s * np.eye(3) + (1 - s) * grey) @ m
        off = (s * np.eye(3) + (1 - s) * grey) @ off
    if rng.random() < 0.3:
        d = np.diag([rng.uniform(0.9, 1.1) for _ in range(3)])
        m, off = d @ m, d @ off
    if rng.random() < 0.05:
        m, off = grey @ m, grey @ off
    return cv2.transform(pixels, np.concatenate([m, off[:, None]], 1).astype(np.float32))


def sample(photos, index, size, rng, mosaic, another, scale=(0.7, 2.0)):
    """One training picture (size x size x 3 uint8), its boxes, its class weights as negatives. scale: of a
    picture of one photo."""
    canvas = np.empty((size, size, 3), np.uint8)
    if mosaic:
        cx, cy = int(size * rng.uniform(0.35, 0.65)), int(size * rng.uniform(0.35, 0.65))
        boxes, weights = [], []
        for k, region in enumerate(((0, 0, cx, cy), (cx, 0, size, cy), (0, cy, cx, size), (cx, cy, size, size))):
            i = index if k == 0 else another()
            boxes.append(place(photos.pixels[i], photos.boxes[i], canvas, region, rng, (1.0, 2.4)))
            weights.append(photos.negative[i])
        return colour(canvas, rng), np.concatenate(boxes), np.minimum.reduce(weights)
    b = place(photos.pixels[index], photos.boxes[index], canvas, (0, 0, size, size), rng, scale, rng.random() < 0.6)
    return colour(canvas, rng), b, photos.negative[index]
