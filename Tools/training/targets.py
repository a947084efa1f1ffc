"""EfficientDet's anchors and their assignment to boxes (design: section 12.1)."""
import numpy as np


class Assignment:
    """An anchor is positive where a box overlaps it with IoU >= 0.5 (its best box), and every box
    gets its best anchor whatever the IoU; of two boxes that claim one anchor the first wins."""

    def __init__(self, config, size):
        from effdet.anchors import Anchors
        self.anchors = Anchors(config.min_level, config.max_level, config.num_scales, config.aspect_ratios,
                               config.anchor_scale, (size, size)).boxes
        a = self.a = self.anchors.numpy()  # y1 x1 y2 x2
        self.h, self.w = a[:, 2] - a[:, 0], a[:, 3] - a[:, 1]
        self.yc, self.xc = (a[:, 0] + a[:, 2]) / 2, (a[:, 1] + a[:, 3]) / 2
        self.area = self.h * self.w

    def __call__(self, boxes):
        """boxes: x1 y1 x2 y2 ... by row. Positive anchors, the box of each, its box code (ty tx th tw)."""
        if len(boxes) == 0:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 4), np.float32)
        a, b = self.a, boxes
        ih = np.minimum(a[:, 2], b[:, 3:4]) - np.maximum(a[:, 0], b[:, 1:2])
        iw = np.minimum(a[:, 3], b[:, 2:3]) - np.maximum(a[:, 1], b[:, 0:1])
        inter = np.maximum(ih, 0) * np.maximum(iw, 0)
        iou = inter / (self.area + ((b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]))[:, None] - inter)
        best, on = iou.argmax(0), iou.max(0) >= 0.5
        claimed = iou.argmax(1)
        on[claimed] = True
        best[claimed[::-1]] = np.arange(len(b))[::-1]
        k = np.nonzero(on)[0]
        g = b[best[k]]
        t = np.stack([((g[:, 1] + g[:, 3]) / 2 - self.yc[k]) / self.h[k], ((g[:, 0] + g[:, 2]) / 2 - self.xc[k]) / self.w[k],
                      np.log((g[:, 3] - g[:, 1]) / self.h[k]), np.log((g[:, 2] - g[:, 0]) / self.w[k])], 1)
        return k, best[k], t.astype(np.float32)
