"""Writes checkpoint.pt: a training checkpoint as scripts commonly keep them, for src/graph/files/checkpoint.test.ts.

    python3 make-checkpoint.py checkpoint.pt             # PyTorch 1.6 and later
    python3 make-checkpoint.py legacy-checkpoint.pt      # as PyTorch wrote them before 1.6
"""
import argparse
import sys

import torch

shared = torch.arange(12, dtype=torch.float32)
network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
with torch.no_grad():
    for number, tensor in enumerate(network.state_dict().values()):
        tensor.copy_((torch.arange(tensor.numel()).reshape(tensor.shape) + number).to(tensor.dtype))
weights = torch.nn.DataParallel(network).state_dict()
weights["module.transposed"] = shared.reshape(3, 4).t()
weights["module.part"] = shared[4:8]
weights["module.half"] = torch.tensor([1.5, -2.0, 65504.0, 6e-8]).half()
weights["module.bfloat16"] = torch.tensor([1.5, -3.0]).bfloat16()
weights["module.double"] = torch.tensor([0.1], dtype=torch.float64)
weights["module.integers"] = torch.tensor([-7, 2**31 - 1], dtype=torch.int32)
weights["module.bytes"] = torch.tensor([0, 255], dtype=torch.uint8)
weights["module.flags"] = torch.tensor([True, False])
weights["module.scalar"] = torch.tensor(2.5)
weights["module.empty"] = torch.zeros(0, 3)
optimiser = torch.optim.Adam(network.parameters())
network(torch.ones(1, 1, 4, 4)).sum().backward()
optimiser.step()
torch.save(
    {
        "epoch": 3,
        "accuracy": 0.75,
        "arguments": argparse.Namespace(rate=1e-4),
        "device": torch.device("cpu"),
        "state_dict": weights,
        "optimizer": optimiser.state_dict(),
    },
    sys.argv[1],
    _use_new_zipfile_serialization="legacy" not in sys.argv[1],
)
