"""Writes penet-released.safetensors: PENet's released pre-processing and network on a series given by a formula.

    python3 make-penet-released.py penet-released.safetensors        # needs PyTorch, NumPy and OpenCV

The steps are those of PENet's datasets/ct_pe_dataset_3d.py and test.py: windows of 24 native slices, the last filled with
air, each slice reduced to 208 x 208 by OpenCV's INTER_AREA, its centre of 192, -100..900 HU to 0..1 minus .15897, sigmoid,
and the largest of all windows. Shares no code with the engine.
"""
import json
import math
import struct
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "peers"))
from torch_networks import PENet, procedural

rows, columns, slices, window = 512, 512, 30, 24


def series():
    """HU of voxel i = round(150 + 400 (cos(.013 i) + .3 sin((.00071 i i) mod 2 pi)))."""
    i = np.arange(rows * columns * slices, dtype=np.float64)
    wave = np.cos(0.013 * i) + 0.3 * np.sin((0.00071 * i * i) % (2 * math.pi))
    return np.floor(150 + 400 * wave + 0.5).astype(np.int16).reshape(slices, rows, columns)


def reduced(image, side, crop):
    margin = (side - crop) // 2
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)[margin : margin + crop, margin : margin + crop]


def save(path, tensors):
    header, blobs, offset = {}, [], 0
    for name, values in tensors.items():
        array = np.ascontiguousarray(values, dtype=np.float32)
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        blobs.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


volume, probabilities = series(), []
with torch.inference_mode():
    network = PENet()
    procedural(network, 0)
    network.eval()
    for start in range(0, slices, window):
        part = volume[start : start + window]
        part = np.pad(part, ((0, window - len(part)), (0, 0), (0, 0)), constant_values=-1000)
        small = np.stack([reduced(image, 208, 192) for image in part]).astype(np.float32)
        x = np.clip((small + 100) / 1000, 0, 1) - np.float32(0.15897)
        probabilities.append(torch.sigmoid(network(torch.from_numpy(x[None, None]))).item())

first = volume[0].astype(np.float32)
save(
    sys.argv[1],
    {
        "released.probabilities": probabilities,
        "released.series": [max(probabilities)],
        # Fields of view that reduce by another ratio along each axis, and one that is enlarged: first rows of the crop.
        "area.512x512.208.192": reduced(first, 208, 192)[:2],
        "area.300x260.208.192": reduced(first[:260, :300], 208, 192)[:2],
        "area.416x416.208.64": reduced(first[:416, :416], 208, 64)[:2],
        "area.150x170.208.192": reduced(first[:170, :150], 208, 192)[:2],
    },
)
