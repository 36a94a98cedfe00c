"""PyTorch's side of the peers in `npm run bench -- infer`: PENet and the I3D trunk under the weights of
docs/method.md#reference-values.

    python3 torch_comparators.py penet 24 192 2      # network, slices, side, threads
    python3 torch_comparators.py i3d 64 224 2

Prints `ready SECONDS`, then the seconds of one forward pass for every line it reads. With `check` as a fifth word it
prints the outputs' first values instead.
"""
import math
import sys
import time

import torch

from torch_networks import PENet, i3d, procedural

name, slices, side, threads = sys.argv[1], *map(int, sys.argv[2:5])
started = time.perf_counter()
torch.set_num_threads(threads)
with torch.inference_mode():
    net, channels, first = (PENet(), 1, 0) if name == "penet" else (i3d(), 3, 2)
    procedural(net, first)
    net.eval()
    i = torch.arange(channels * slices * side * side, dtype=torch.float64)
    x = (torch.cos(0.013 * i) + 0.3 * torch.sin((0.00071 * i * i) % (2 * math.pi))).float()
    x = x.reshape(1, channels, slices, side, side)
    if sys.argv[5:] == ["check"]:
        print(*net(x).flatten()[:4].tolist())
        sys.exit()
    print("ready", time.perf_counter() - started, flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        net(x)
        print(time.perf_counter() - begun, flush=True)
