"""PyTorch's side of `npm run bench -- diagnose`: both nets at paper size over the 50 slabs of a study.

    python3 bench/peers/torch_diagnose.py 2 5      # threads, slabs a batch

Answers as bench/alternate.ts asks: `ready SECONDS` once built, then for every line read the seconds a study took.
"""
import sys
import time

import torch
from torch_steps import StageOne, StageTwo


def main():
    threads, batch = map(int, sys.argv[1:3])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    begun = time.perf_counter()
    one, two = StageOne(64).eval(), StageTwo(24, 512, 96).eval()
    slabs = torch.randint(0, 256, (50, 5, 384, 384), dtype=torch.uint8)
    print("ready", time.perf_counter() - begun, flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        with torch.inference_mode():
            features, maps, scores = [], [], []
            for part in slabs.split(batch):
                logits, own = one(part.float() / 255)
                scores.append(logits.softmax(1)[:, 1])
                maps.append(one.attention(own))
                features.append(own)
            torch.sigmoid(two(torch.cat(features)[None])).item()
        print(time.perf_counter() - begun, flush=True)


main()
