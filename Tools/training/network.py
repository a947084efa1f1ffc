"""effdet's EfficientDet: building, ImageNet weights, sizes, what is frozen."""
import torch


def build(name, size):
    from effdet import EfficientDet, get_efficientdet_config
    config = get_efficientdet_config(name)
    config.image_size = (size, size)
    return EfficientDet(config, pretrained_backbone=False), config


class Sizes:
    """effdet fixes the feature-map sizes of its feature network when built; this switches them."""

    def __init__(self, name, sizes):
        self.of = {s: {n: q.size for n, q in build(name, s)[0].named_modules() if type(q).__name__ == 'Interpolate2d'}
                   for s in sizes}

    def apply(self, model, size):
        modules = dict(model.named_modules())
        for n, v in self.of[size].items():
            modules[n].size = v


def load_imagenet(model, path):
    """ImageNet weights of the same network (a PyTorch file) into the backbone, by order and shape."""
    source = torch.load(path, map_location='cpu', weights_only=True)
    tensors = lambda d: [(k, v) for k, v in d.items() if not k.endswith('num_batches_tracked')]
    new = {}
    for (kd, vd), (ks, vs) in zip(tensors(model.backbone.state_dict()), tensors(source.get('state_dict', source))):
        if vd.shape != vs.shape or kd.split('.')[-1] != ks.split('.')[-1]:
            raise SystemExit(f'{path}: {ks} {tuple(vs.shape)} does not fit {kd} {tuple(vd.shape)}')
        new[kd] = vs
    model.backbone.load_state_dict(new, strict=False)
    return len(new)


def load_weights(model, path):
    """A safetensors file with effdet's names, or a checkpoint of train.py (its averaged weights)."""
    if path.endswith('.safetensors'):
        from safetensors.torch import load_file
        new = {k: v.float() for k, v in load_file(path).items()}
    else:
        new = torch.load(path, map_location='cpu', weights_only=True)
        new = new.get('ema', new)
    missing, unexpected = model.load_state_dict(new, strict=False)
    missing = [k for k in missing if not k.endswith('num_batches_tracked')]
    if missing or unexpected:
        raise SystemExit(f'{path}: missing {missing[:3]}, unexpected {unexpected[:3]}')


def freeze(model, blocks):
    """Stem and the first blocks get no gradient; of the other backbone batch norms only the bias learns,
    as their statistics stay ImageNet's and their scale would only repeat that of the convolution."""
    backbone = model.backbone
    fixed = [backbone.conv_stem, backbone.bn1, *backbone.blocks[:blocks]] if blocks else []
    for m in fixed:
        m.requires_grad_(False)
    for m in backbone.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.weight.requires_grad_(False)


def training_mode(model):
    model.train()
    for m in model.backbone.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.eval()
