#!/usr/bin/env python3
"""Save effdet's tensors under the names of zylo117's port, as that port's files have them.

    python make_zylo.py WEIGHTS.safetensors OUT.pth

needs torch.
"""
import json
import re
import struct
import sys
from collections import OrderedDict

import torch


def load(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    header.pop("__metadata__", None)
    state = {}
    for name, info in header.items():
        a, b = info["data_offsets"]
        kind = {"F32": torch.float32, "BF16": torch.bfloat16}[info["dtype"]]
        flat = torch.frombuffer(bytearray(data[a:b]), dtype=kind)
        state[name] = flat.float().reshape(info["shape"]).clone()
    return state


def rename(state):
    repeats = {}
    for name in state:
        if found := re.match(r"backbone\.blocks\.(\d+)\.(\d+)\.", name):
            s, i = int(found[1]), int(found[2])
            repeats[s] = max(repeats.get(s, 0), i + 1)
    start = {s: sum(repeats[t] for t in range(s)) for s in repeats}
    top = 8 if any(".fnode.9." in n for n in state) else 7
    up, down = list(range(top - 1, 2, -1)), list(range(4, top + 1))
    nodes = [f"conv{l}_up" for l in up] + [f"conv{l}_down" for l in down]
    edges = [f"p{l}_w1" for l in up] + [f"p{l}_w2" for l in down]
    first = {0: ["conv_dw _depthwise_conv.conv", "bn1 _bn1", "conv_pw _project_conv.conv", "bn2 _bn2"]}
    other = ["conv_pw _expand_conv.conv", "bn1 _bn0", "conv_dw _depthwise_conv.conv", "bn2 _bn1",
             "conv_pwl _project_conv.conv", "bn3 _bn2"]
    gate = ["se.conv_reduce _se_reduce.conv", "se.conv_expand _se_expand.conv"]
    out = OrderedDict()

    def block(found):
        s, i, module, leaf = int(found[1]), int(found[2]), found[3], found[4]
        table = dict(row.split() for row in first.get(s, other) + gate)
        return f"backbone_net.model._blocks.{start[s] + i}.{table[module]}.{leaf}"

    def projection(found):
        node, offset, leaf = int(found[1]), int(found[2]), found[3]
        late = node >= len(up)
        part = leaf.replace("conv.", "0.conv.", 1) if leaf.startswith("conv.") else leaf.replace("bn.", "1.", 1)
        return f"bifpn.0.p{3 + offset}_down_channel{'_2' if late else ''}.{part}"

    rules = [
        (r"backbone\.conv_stem\.(.*)", lambda m: f"backbone_net.model._conv_stem.conv.{m[1]}"),
        (r"backbone\.bn1\.(.*)", lambda m: f"backbone_net.model._bn0.{m[1]}"),
        (r"backbone\.blocks\.(\d+)\.(\d+)\.(.*)\.(\w+)", block),
        (r"fpn\.resample\.3\.conv\.conv\.(.*)", lambda m: f"bifpn.0.p5_to_p6.0.conv.{m[1]}"),
        (r"fpn\.resample\.3\.conv\.bn\.(.*)", lambda m: f"bifpn.0.p5_to_p6.1.{m[1]}"),
        (r"fpn\.cell\.0\.fnode\.(\d+)\.combine\.resample\.(\d+)\.conv\.(.*)", projection),
        (r"fpn\.cell\.(\d+)\.fnode\.(\d+)\.combine\.edge_weights", lambda m: f"bifpn.{m[1]}.{edges[int(m[2])]}"),
        (r"fpn\.cell\.(\d+)\.fnode\.(\d+)\.after_combine\.conv\.bn\.(.*)",
         lambda m: f"bifpn.{m[1]}.{nodes[int(m[2])]}.bn.{m[3]}"),
        (r"fpn\.cell\.(\d+)\.fnode\.(\d+)\.after_combine\.conv\.conv_(dw|pw)\.(.*)",
         lambda m: f"bifpn.{m[1]}.{nodes[int(m[2])]}.{'depth' if m[3] == 'dw' else 'point'}wise_conv.conv.{m[4]}"),
        (r"(class|box)_net\.conv_rep\.(\d+)\.conv_(dw|pw)\.(.*)",
         lambda m: f"{head(m)}.conv_list.{m[2]}.{'depth' if m[3] == 'dw' else 'point'}wise_conv.conv.{m[4]}"),
        (r"(class|box)_net\.bn_rep\.(\d+)\.(\d+)\.bn\.(.*)",
         lambda m: f"{head(m)}.bn_list.{m[3]}.{m[2]}.{m[4]}"),
        (r"(class|box)_net\.predict\.conv_(dw|pw)\.(.*)",
         lambda m: f"{head(m)}.header.{'depth' if m[2] == 'dw' else 'point'}wise_conv.conv.{m[3]}"),
    ]
    head = lambda m: "classifier" if m[1] == "class" else "regressor"
    for name, tensor in state.items():
        for pattern, make in rules:
            if found := re.fullmatch(pattern, name):
                out[make(found)] = tensor
                break
        else:
            raise SystemExit(f"no rule for {name}")
        if name.endswith("running_var"):
            out[list(out)[-1].replace("running_var", "num_batches_tracked")] = torch.tensor(1)
    return out


torch.save(rename(load(sys.argv[1])), sys.argv[2])
