"""Writes a reference file of another size than the stored ones, computed by PyTorch in double precision.

    python3 make-reference.py stage-one OUT width=6 size=80 batch=3 lambda=0.5 smooth=1
    python3 make-reference.py stage-two OUT batch=1 steps=4 channels=5 size=9 filters=3 recurrent_activation=plain

Written from the equations of docs/method.md and sharing no code with the engine.
"""
import json
import struct
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(4)


def save(path, tensors, metadata):
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        is_integer = tensor.dtype in (torch.int64, torch.int32)
        array = tensor.detach().to(torch.int32 if is_integer else torch.float32).contiguous().numpy()
        header[name] = {"dtype": "I32" if is_integer else "F32", "shape": list(tensor.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        blobs.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header).encode()
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def rounded(tensor):
    """What a float32 file will hold, so that rounding is not part of the difference."""
    return tensor.float().double()


class Norm:
    """Batch norm in training mode; remembers what its running statistics become."""

    def __init__(self, epsilon, momentum):
        self.epsilon, self.momentum, self.running = epsilon, momentum, {}

    def __call__(self, name, x, p):
        axes = [axis for axis in range(x.dim()) if axis != 1]
        mean, variance = x.mean(axes), x.var(axes, unbiased=False)
        count = x.numel() / x.shape[1]
        self.running[name + ".running_mean"] = (1 - self.momentum) * mean
        self.running[name + ".running_var"] = self.momentum + (1 - self.momentum) * variance * count / (count - 1)
        wide = lambda v: v[None, :, None, None]
        return wide(p[name + ".weight"]) * (x - wide(mean)) / torch.sqrt(wide(variance) + self.epsilon) + wide(p[name + ".bias"])


def stage_one(path, options):
    width, size, batch = (int(options[key]) for key in ("width", "size", "batch"))
    weight, smooth = float(options["lambda"]), float(options["smooth"])
    metadata = {**options, "bn_eps": "0.001", "bn_momentum": "0.99", "lr": "0.0001", "adam_eps": "1e-07"}
    p = {}

    def filters(name, out, channels, k):
        p[name + ".weight"] = rounded(torch.randn(out, channels, k, k) * (2 / (channels * k * k)) ** 0.5)

    def norm(name, channels):
        p[name + ".weight"] = rounded(1 + 0.1 * torch.randn(channels))
        p[name + ".bias"] = rounded(0.1 * torch.randn(channels))

    filters("conv1", width, 5, 7)
    norm("bn1", width)
    before = width
    for stage in range(4):
        channels = width * 2**stage
        for block in range(2):
            name = f"layer{stage + 1}.{block}"
            filters(name + ".conv1", channels, before, 3)
            norm(name + ".bn1", channels)
            filters(name + ".conv2", channels, channels, 3)
            norm(name + ".bn2", channels)
            if before != channels:
                filters(name + ".downsample.0", channels, before, 1)
                norm(name + ".downsample.1", channels)
            before = channels
    p["fc.weight"] = rounded(torch.randn(2, before) * 0.3)
    p["fc.bias"] = rounded(torch.randn(2) * 0.1)
    x = rounded(torch.randn(batch, 5, size, size))
    y = torch.arange(batch) % 2

    def network(p):
        normal = Norm(0.001, 0.99)
        f = F.relu(normal("bn1", F.conv2d(x, p["conv1.weight"], stride=2, padding=3), p))
        f = F.max_pool2d(f, 3, 2, 1)
        for stage, stride in enumerate([1, 2, 2, 1]):
            for block in range(2):
                name, step = f"layer{stage + 1}.{block}", stride if block == 0 else 1
                g = F.relu(normal(name + ".bn1", F.conv2d(f, p[name + ".conv1.weight"], stride=step, padding=1), p))
                g = normal(name + ".bn2", F.conv2d(g, p[name + ".conv2.weight"], padding=1), p)
                if name + ".downsample.0.weight" in p:
                    f = normal(name + ".downsample.1", F.conv2d(f, p[name + ".downsample.0.weight"], stride=step), p)
                f = F.relu(f + g)
        logits = f.mean((2, 3)) @ p["fc.weight"].T + p["fc.bias"]
        attention = F.relu((f * p["fc.weight"][1][None, :, None, None]).sum(1))
        highest = attention.amax((1, 2), keepdim=True)
        return logits, attention / torch.where(highest > 0, highest, torch.ones_like(highest)), normal.running

    def losses(p):
        logits, attention, running = network(p)
        shared = (attention * mask).sum((1, 2))
        covered = (mask * torch.sign(attention.detach())).sum((1, 2))
        c = torch.where(covered > 0, shared / covered.clamp(min=1e-9), torch.ones_like(covered))
        dice = (2 * shared + smooth) / (c * mask.sum((1, 2)) + attention.sum((1, 2)) + smooth)
        entropy = F.cross_entropy(logits, y)
        return logits, attention, running, dice, entropy, entropy + weight * (1 - dice).mean()

    side = -(-size // 16)
    mask = (torch.rand(batch, side, side) > 0.6).double() * y[:, None, None]
    for value in p.values():
        value.requires_grad_()
    logits, attention, running, dice, entropy, loss = losses(p)
    loss.backward()
    tensors = {"x": x, "y": y, "mask": mask, **{"param." + k: v for k, v in p.items()}, "logits": logits,
               "attention": attention, "cross_entropy": entropy, "cdc": dice, "loss": loss,
               **{"grad." + k: v.grad for k, v in p.items()}, **{"running." + k: v for k, v in running.items()}}
    q = {k: v.detach().clone().requires_grad_() for k, v in p.items()}
    first, second, taken = {k: 0 for k in q}, {k: 0 for k in q}, []
    for t in range(1, 4):
        value = losses(q)[-1]
        taken.append(value.item())
        gradients = torch.autograd.grad(value, list(q.values()))
        for (k, v), g in zip(list(q.items()), gradients):
            first[k] = 0.9 * first[k] + 0.1 * g
            second[k] = 0.999 * second[k] + 0.001 * g * g
            rate = 1e-4 * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
            q[k] = (v - rate * first[k] / (second[k].sqrt() + 1e-7)).detach().requires_grad_()
    save(path, {**tensors, "adam_losses": torch.tensor(taken), **{"after3." + k: v for k, v in q.items()}}, metadata)


def stage_two(path, options):
    batch, steps, channels, size, filters = (int(options[k]) for k in ("batch", "steps", "channels", "size", "filters"))
    rho = torch.sigmoid if options["recurrent_activation"] == "plain" else lambda v: (0.2 * v + 0.5).clamp(0, 1)
    p, inputs = {}, channels
    for unit in range(2):
        for direction in ("ascending", "descending"):
            name = f"units.{unit}.{direction}."
            p[name + "kernel"] = torch.randn(4 * filters, inputs, 3, 3) * 0.2
            p[name + "recurrent_kernel"] = torch.randn(4 * filters, filters, 3, 3) * 0.2
            p[name + "bias"] = torch.randn(4 * filters) * 0.1
            p[name + "bn.weight"] = 1 + 0.1 * torch.randn(filters)
            p[name + "bn.bias"] = 0.1 * torch.randn(filters)
        inputs = 2 * filters
    side = size // 2 // 2
    p["fc.weight"] = torch.randn(1, inputs * side * side) * 0.3
    p["fc.bias"] = torch.randn(1) * 0.1
    p = {k: rounded(v).requires_grad_() for k, v in p.items()}
    x, y = rounded(torch.randn(batch, steps, channels, size, size)), torch.arange(batch).double() % 2
    normal, sequence, tensors = Norm(0.001, 0.99), x, {}
    for unit in range(2):
        sides = []
        for direction in ("ascending", "descending"):
            name = f"units.{unit}.{direction}."
            h = c = torch.zeros(batch, filters, *sequence.shape[3:])
            states = [None] * steps
            for t in range(steps) if direction == "ascending" else reversed(range(steps)):
                read = F.conv2d(sequence[:, t], p[name + "kernel"], p[name + "bias"], padding=1)
                i, f, g, o = (read + F.conv2d(h, p[name + "recurrent_kernel"], padding=1)).chunk(4, 1)
                c = rho(f) * c + rho(i) * torch.tanh(g)
                h = rho(o) * torch.tanh(c)
                states[t] = h
            maps = torch.stack(states, 1).flatten(0, 1)
            sides.append(normal(name + "bn", maps, p))
        pooled = F.max_pool2d(torch.cat(sides, 1), 2)
        sequence = pooled.reshape(batch, steps, *pooled.shape[1:])
        tensors[f"unit{unit}"] = sequence
    logit = (sequence.mean(1).flatten(1) @ p["fc.weight"].T + p["fc.bias"]).squeeze(1)
    loss = F.binary_cross_entropy_with_logits(logit, y)
    loss.backward()
    save(path, {"x": x, "y": y, **tensors, "logit": logit, "loss": loss, **{"param." + k: v for k, v in p.items()},
                **{"grad." + k: v.grad for k, v in p.items()}}, {**options, "bn_eps": "0.001"})


if __name__ == "__main__":
    kind, out, *pairs = sys.argv[1:]
    {"stage-one": stage_one, "stage-two": stage_two}[kind](out, dict(pair.split("=") for pair in pairs))
