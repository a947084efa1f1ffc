"""The forward pass of effdet's network for training on a CPU, through the kernels of kernels.cpp.

Same parameters, same results as effdet's own forward (up to bfloat16), several times faster: the
activations are bfloat16, N x H x W x C; a 1x1 convolution is a matrix product; the backbone's
batch norms, whose statistics stay fixed, are folded into the convolutions on the fly; the frozen
stages run without gradients.
"""
import math
import os
import sys
import typing

import torch
import torch.nn.functional as F
from torch.autograd import Function


def load_kernels():
    """Compiles kernels.cpp once for this machine (about a minute; PyTorch caches it)."""
    from torch.utils.cpp_extension import load
    here = os.path.dirname(os.path.abspath(__file__))
    # ninja, where it was installed beside this Python without its folder in PATH
    os.environ['PATH'] = os.path.dirname(sys.executable) + os.pathsep + os.environ.get('PATH', '')
    return load('vedette_training_kernels', [os.path.join(here, 'kernels.cpp')],
                extra_cflags=['-O3', '-march=native', '-ffast-math', '-mprefer-vector-width=512', '-std=c++20'],
                extra_ldflags=['-lmvec', '-lm'])


kernels = None


def use_kernels():
    global kernels
    if kernels is None:
        kernels = load_kernels()
    return kernels


def same_padding(size, kernel, stride):
    """TensorFlow's SAME: output size and padding before (the rest goes after)."""
    out = -(-size // stride)
    return out, max((out - 1) * stride + kernel - size, 0) // 2


def geometry(x, kernel, stride):
    oh, top = same_padding(x.shape[1], kernel, stride)
    ow, left = same_padding(x.shape[2], kernel, stride)
    return kernel, stride, top, left, oh, ow


def product(x, w, b):
    """1x1 convolution: x N x H x W x Ci, w Co x Ci and b Co in float32."""
    y = torch.addmm(b.to(x.dtype), x.reshape(-1, x.shape[-1]), w.to(x.dtype).t())
    return y.view(*x.shape[:3], -1)


class Depthwise(Function):
    """[ReLU6, then] a depthwise convolution without bias. w: K*K x C float32."""

    @staticmethod
    def forward(ctx, x, w, geo, pre_relu6):
        if pre_relu6:
            x = F.hardtanh(x, 0.0, 6.0)
        ctx.save_for_backward(x, w)
        ctx.geo, ctx.pre = geo, pre_relu6
        return kernels.depthwise(x, w, None, *geo, False)

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        gx, gw, _, _ = kernels.depthwise_backward(g.contiguous(), x, None, w, *ctx.geo[:4], ctx.pre, True)
        return gx, gw, None, None


class InvertedBottleneck(Function):
    """expand 1x1, ReLU6, depthwise, ReLU6, project 1x1 (w1 none: no expansion), all with bias."""

    @staticmethod
    def forward(ctx, x, w1, b1, wd, bd, w2, b2, geo):
        h = product(x, w1, b1) if w1 is not None else x
        if w1 is not None:
            F.hardtanh_(h, 0.0, 6.0)
        d = kernels.depthwise(h, wd, bd, *geo, True)
        ctx.save_for_backward(x, h, d, w1, wd, w2)
        ctx.geo = geo
        return product(d, w2, b2)

    @staticmethod
    def backward(ctx, g):
        x, h, d, w1, wd, w2 = ctx.saved_tensors
        g = g.contiguous().view(-1, g.shape[-1])
        gd = (g @ w2.to(g.dtype)).view_as(d)
        gw2 = (g.t() @ d.view(-1, d.shape[-1])).float()
        gb2 = g.sum(0, dtype=torch.float32)
        gh, gwd, gbd, gb1 = kernels.depthwise_backward(gd, h, d, wd, *ctx.geo[:4], w1 is not None, True)
        if w1 is None:
            return gh, None, None, gwd, gbd, gw2, gb2, None
        gh = gh.view(-1, gh.shape[-1])
        gw1 = (gh.t() @ x.reshape(-1, x.shape[-1])).float()
        gx = (gh @ w1.to(gh.dtype)).view_as(x) if ctx.needs_input_grad[0] else None
        return gx, gw1, gb1, gwd, gbd, gw2, gb2, None


class Focal(Function):
    """Focal loss over one level's logits, B x M x C bfloat16; see kernels.cpp."""

    @staticmethod
    def forward(ctx, logits, negative, at, target, boost, alpha, gamma):
        grad = torch.empty_like(logits)
        total = kernels.focal(logits, negative, at, target, boost, grad, alpha, gamma)
        ctx.save_for_backward(grad)
        return torch.tensor(total, dtype=torch.float32)

    @staticmethod
    def backward(ctx, g):
        return ctx.saved_tensors[0].mul_(g), None, None, None, None, None, None


def folded(conv, bn):
    """Weight (Co x Ci, or K*K x C for a depthwise one) and bias with the fixed batch norm folded in."""
    s = (bn.weight * torch.rsqrt(bn.running_var + bn.eps)).detach()
    b = bn.bias - bn.running_mean * s
    w = conv.weight
    if conv.groups > 1:
        return w.flatten(1).t() * s, b
    return w.flatten(1) * s[:, None], b


def taps(conv):
    return conv.weight.flatten(1).t().contiguous()


def norm(x, bn):
    y = F.batch_norm(x.view(-1, x.shape[-1]), bn.running_mean, bn.running_var, bn.weight, bn.bias,
                     bn.training, bn.momentum, bn.eps)
    return y.view_as(x)


class CpuNetwork:
    """Runs an effdet model (Lite family: ReLU6, plain sums, no squeeze-excite) for training."""

    def __init__(self, model, frozen):
        use_kernels()
        self.model, self.frozen = model, frozen
        self.cache = None

    def block(self, x, m):
        c = m.conv_dw
        geo = geometry(x, c.kernel_size[0], c.stride[0])
        if hasattr(m, 'conv_pwl'):
            w1, b1 = folded(m.conv_pw, m.bn1)
            wd, bd = folded(c, m.bn2)
            w2, b2 = folded(m.conv_pwl, m.bn3)
        else:
            w1 = b1 = None
            wd, bd = folded(c, m.bn1)
            w2, b2 = folded(m.conv_pw, m.bn2)
        y = InvertedBottleneck.apply(x, w1, b1, wd.contiguous(), bd, w2, b2, geo)
        return y + x if m.has_skip else y

    def stem(self, x):
        m = self.model.backbone
        s = m.bn1.weight * torch.rsqrt(m.bn1.running_var + m.bn1.eps)
        k, st = m.conv_stem.kernel_size[0], m.conv_stem.stride[0]
        (oh, top), (ow, left) = same_padding(x.shape[2], k, st), same_padding(x.shape[3], k, st)
        x = F.pad(x, (left, max(0, (ow - 1) * st + k - x.shape[3] - left), top, max(0, (oh - 1) * st + k - x.shape[2] - top)))
        x = F.conv2d(x, (m.conv_stem.weight * s[:, None, None, None]).contiguous(memory_format=torch.channels_last),
                     m.bn1.bias - m.bn1.running_mean * s, st)
        return F.hardtanh_(x, 0.0, 6.0).permute(0, 2, 3, 1).to(torch.bfloat16).contiguous()

    def backbone(self, x):
        """x: B x 3 x H x W float32, channels last. Returns C3, C4, C5, N x H x W x C bfloat16."""
        with torch.no_grad():
            x = self.stem(x)
        out = []
        stages = self.model.backbone.blocks
        for i, stage in enumerate(stages):
            with torch.set_grad_enabled(i >= self.frozen and torch.is_grad_enabled()):
                for m in stage:
                    x = self.block(x, m)
            if i in (2, 4, 6):
                out.append(x)
        return out

    def resample(self, m, x):
        for name, q in m.named_children():
            if name == 'conv':
                x = norm(product(x, q.conv.weight.flatten(1), q.conv.bias), q.bn)
            elif name == 'downsample':
                x = pool(x)
            else:
                x = F.interpolate(x.permute(0, 3, 1, 2), size=q.size, mode='nearest').permute(0, 2, 3, 1)
        return x

    def separable(self, x, m, bn, pre_relu6):
        c = m.conv_dw
        y = Depthwise.apply(x.contiguous(), taps(c), geometry(x, c.kernel_size[0], 1), pre_relu6)
        y = product(y, m.conv_pw.weight.flatten(1), m.conv_pw.bias)
        return norm(y, bn) if bn is not None else y

    def fpn(self, x):
        f = self.model.fpn
        for r in f.resample.values():
            x.append(self.resample(r, x[-1]))
        for cell in f.cell:
            for fn in cell.fnode:
                nodes = [self.resample(r, x[int(k)]) for k, r in zip(fn.combine.inputs_offsets, fn.combine.resample.values())]
                y = nodes[0]
                for q in nodes[1:]:
                    y = y + q
                x.append(self.separable(y, fn.after_combine.conv, fn.after_combine.conv.bn, True))
            x = x[-cell.num_levels:]
        return x

    def head(self, net, x):
        out = []
        for level, y in enumerate(x):
            first = True
            for i, conv in enumerate(net.conv_rep):
                y = self.separable(y, conv, net.bn_rep[i][level].bn, not first)
                first = False
            out.append(self.separable(y, net.predict, None, True))
        return out

    def __call__(self, x):
        """Class logits and box codes by level, N x H x W x (9 * 90) and N x H x W x (9 * 4), bfloat16."""
        x = self.fpn(self.backbone(x))
        return self.head(self.model.class_net, x), self.head(self.model.box_net, x)


def pool(x):
    """3x3 maximum, stride 2, SAME padding."""
    (oh, top), (ow, left) = same_padding(x.shape[1], 3, 2), same_padding(x.shape[2], 3, 2)
    y = x.permute(0, 3, 1, 2)
    y = F.pad(y, (left, (ow - 1) * 2 + 3 - x.shape[2] - left, top, (oh - 1) * 2 + 3 - x.shape[1] - top), value=-math.inf)
    return F.max_pool2d(y, 3, 2).permute(0, 2, 3, 1)


class Positives(typing.NamedTuple):
    """Anchors are counted over the flattened batch. anchor, code, weight: the positive anchors, their box codes
    (ty tx th tw) and weights; entry, cls, target, boost: the (anchor, class) pairs that are not plain negatives,
    with their target (1 for a hard label) and weight as a positive."""
    anchor: torch.Tensor
    code: torch.Tensor
    weight: torch.Tensor
    entry: torch.Tensor
    cls: torch.Tensor
    target: torch.Tensor
    boost: torch.Tensor


def detection_loss(cls, box, positives, negative, alpha=0.25, gamma=1.5, delta=0.1, box_weight=50.0):
    """EfficientDet's loss. cls, box: levels as CpuNetwork gives them; negative: B x 90, weight of each class as a
    negative. Divided by the sum of the positives' weights. Returns loss, class part, box part."""
    B = cls[0].shape[0]
    count = [q.shape[1] * q.shape[2] * 9 for q in cls]
    n = sum(count)
    total = float(positives.weight.sum()) + 1.0
    wide = negative.repeat(1, 9).contiguous()
    b, a = positives.anchor // n, positives.anchor % n
    be, ae = positives.entry // n, positives.entry % n
    base, lc, pb, at = 0, 0.0, [], []
    for q, z, m in zip(cls, box, count):
        e = torch.nonzero((ae >= base) & (ae < base + m))[:, 0]
        place = (be[e] * m + ae[e] - base) * 90 + positives.cls[e]
        lc = lc + Focal.apply(q.reshape(B, m // 9, 810), wide, place, positives.target[e].contiguous(),
                              positives.boost[e].contiguous(), alpha, gamma)
        sel = torch.nonzero((a >= base) & (a < base + m))[:, 0]
        pb.append(z.reshape(B * m, 4)[b[sel] * m + a[sel] - base].float())
        at.append(sel)
        base += m
    at = torch.cat(at)
    e = (torch.cat(pb) - positives.code[at]).abs()
    h = e.clamp(max=delta)
    lb = ((0.5 * h * h + delta * (e - h)) * positives.weight[at, None]).sum() / (total * 4)
    lc = lc / total
    return lc + box_weight * lb, lc.detach(), lb.detach()
