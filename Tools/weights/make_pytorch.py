#!/usr/bin/env python3
"""Make the small PyTorch fixtures of Tests/Fixtures/weights/pytorch with PyTorch itself.

    python make_pytorch.py OUT

needs torch, numpy and safetensors.  Every file holds the same tensors (or those that its name says),
`expected.safetensors` their values.
"""
import argparse
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file


def tensors():
    """A few tensors of every kind that the reader must get right."""
    generator = torch.Generator().manual_seed(7)
    rand = lambda *shape: torch.randn(*shape, generator=generator)
    base = rand(64)
    wide = rand(6, 5)
    return OrderedDict([
        ("backbone.conv_stem.weight", rand(4, 3, 3, 3)),
        ("backbone.bn1.weight", torch.nn.Parameter(rand(4))),
        ("backbone.bn1.running_var", rand(4).double()),
        ("backbone.bn1.num_batches_tracked", torch.tensor(12)),
        ("half", rand(3, 7).half()),
        ("bfloat", rand(3, 7).bfloat16()),
        ("integers", torch.arange(-4, 5, dtype=torch.int32)),
        ("bytes", torch.arange(250, 256, dtype=torch.uint8)),
        ("scalar", rand(())),
        ("none", torch.zeros(0, 3)),
        # Two windows into one storage, and views that are not in C order.
        ("window.a", base[3:10]),
        ("window.b", base[8:40].view(4, 8)),
        ("transposed", wide.t()),
        ("strided", wide[1::2, ::3]),
        ("permuted", rand(2, 3, 4).permute(2, 0, 1)),
    ])


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    state = tensors()
    kept = {k: v.detach().float().contiguous().clone()
            for k, v in state.items() if not k.endswith("num_batches_tracked")}
    save_file(kept, str(out / "expected.safetensors"))

    torch.save(state, out / "zip.pth")
    torch.save(state, out / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(state, out / "protocol4.pth", pickle_protocol=4)
    with zipfile.ZipFile(out / "zip.pth") as a, \
            zipfile.ZipFile(out / "deflated.pth", "w", zipfile.ZIP_DEFLATED) as b:
        for info in a.infolist():
            b.writestr(info.filename, a.read(info))
    # Every size and offset in its 64-bit field, as in a file of more than 4 GiB.
    zipfile.ZIP64_LIMIT = 3
    with zipfile.ZipFile(out / "zip.pth") as a, zipfile.ZipFile(out / "zip64.pth", "w") as b:
        for info in a.infolist():
            b.writestr(info.filename, a.read(info))

    # What training scripts write: wrapped names, averaged weights, an optimiser's state, the arguments.
    prefixed = OrderedDict(("module.model." + k, v) for k, v in state.items())
    plain = OrderedDict((k, torch.zeros_like(v)) for k, v in prefixed.items())
    weight = torch.nn.Parameter(torch.ones(3))
    optimiser = torch.optim.AdamW([weight], lr=0.1)
    weight.sum().backward()
    optimiser.step()
    torch.save({
        "epoch": 3, "arch": "tf_efficientdet_lite0", "state_dict": plain, "state_dict_ema": prefixed,
        "optimizer": optimiser.state_dict(), "args": argparse.Namespace(lr=0.1, size=[320, 320]),
        "metric": 0.25, "big": 1 << 200, "nothing": None, "flag": True,
    }, out / "checkpoint.pth")

    torch.save(torch.nn.Linear(2, 2), out / "module.pth")
    class Call:
        def __reduce__(self):
            return (__import__("os").system, ("true",))
    torch.save({"weight": torch.zeros(2), "x": Call()}, out / "call.pth")
    # One number that claims to be four thousand.
    torch.save({"weight": torch.zeros(1).expand(4000)}, out / "expanded.pth")


main()
