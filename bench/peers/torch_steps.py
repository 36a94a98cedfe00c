"""PyTorch's side of `npm run bench -- train` and `-- infer`: the same networks, one step a line on standard input.

    python3 bench/peers/torch_steps.py '{"step": "train-stage-one", "size": 384, "batch": 4, "width": 64, "threads": 2}'

Answers `ready SECONDS` once built, then for every line read one line with the seconds that step took.
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return F.relu(y, inplace=True)


class StageOne(nn.Module):
    """ResNet18, 5 channels in, output stride 16."""

    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(5, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)
        blocks, inputs = [], width
        for outputs, stride in ((width, 1), (2 * width, 2), (4 * width, 2), (8 * width, 1)):
            blocks += [BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(8 * width, 2)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x)), inplace=True), 3, 2, 1)
        features = self.blocks(x)
        return self.fc(features.mean((2, 3))), features

    def attention(self, features):
        raw = F.relu(F.conv2d(features, self.fc.weight[1].view(1, -1, 1, 1)))[:, 0]
        return raw / raw.amax((1, 2), keepdim=True).clamp_min(1e-30)


def attention_loss(logits, attention, labels, mask):
    shared = (attention * mask).sum((1, 2))
    covered = (mask * attention.sign().detach()).sum((1, 2))
    c = torch.where(covered > 0, shared / covered.clamp_min(1e-30), torch.ones_like(covered))
    dice = (2 * shared + 1) / (c * mask.sum((1, 2)) + attention.sum((1, 2)) + 1)
    return F.cross_entropy(logits, labels) + (1 - dice).mean()


class Direction(nn.Module):
    """One ConvLSTM; the input's convolution is done for all steps at once."""

    def __init__(self, inputs, filters):
        super().__init__()
        self.filters = filters
        self.read = nn.Conv2d(inputs, 4 * filters, 3, padding=1)
        self.recur = nn.Conv2d(filters, 4 * filters, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)

    def forward(self, x, reverse):
        n, steps = x.shape[:2]
        gates = self.read(x.flatten(0, 1)).view(n, steps, -1, *x.shape[3:])
        h = c = None
        states = [None] * steps
        for step in reversed(range(steps)) if reverse else range(steps):
            z = gates[:, step] if h is None else gates[:, step] + self.recur(h)
            i, f, g, o = z.chunk(4, 1)
            # hardtanh of a line is Keras's hard sigmoid.
            i, f, o = (F.hardtanh(0.2 * gate + 0.5, 0.0, 1.0) for gate in (i, f, o))
            c = i * torch.tanh(g) if c is None else f * c + i * torch.tanh(g)
            h = o * torch.tanh(c)
            states[step] = h
        return self.bn(torch.stack(states, 1).flatten(0, 1))


class StageTwo(nn.Module):
    def __init__(self, size, width, filters):
        super().__init__()
        self.units = nn.ModuleList(
            nn.ModuleList([Direction(inputs, filters), Direction(inputs, filters)]) for inputs in (width, 2 * filters)
        )
        self.fc = nn.Linear((size // 4) ** 2 * 2 * filters, 1)

    def forward(self, x):
        n, steps = x.shape[:2]
        for up, down in self.units:
            x = F.max_pool2d(torch.cat([up(x, False), down(x, True)], 1), 2)
            x = x.view(n, steps, *x.shape[1:])
        return self.fc(x.mean(1).flatten(1))[:, 0]


def build(work):
    case, size, batch, width = (work[key] for key in ("step", "size", "batch", "width"))
    if case == "infer-stage-one":
        model = StageOne(width).eval()
        x = torch.rand(batch, 5, size, size)

        def step():
            with torch.inference_mode():
                logits, features = model(x)
                return model.attention(features), logits

        return step
    if case == "train-stage-one":
        model, grid = StageOne(width), size // 16
        x = torch.rand(batch, 5, size, size)
        labels = torch.arange(batch) % 2
        mask = torch.zeros(batch, grid, grid)
        mask[1::2, : grid // 2, : grid // 2] = 1
        optimiser = torch.optim.Adam(model.parameters(), 1e-4)

        def loss():
            logits, features = model(x)
            return attention_loss(logits, model.attention(features), labels, mask)

    elif case == "train-stage-two":
        model = StageTwo(size, width, work["filters"])
        x = torch.rand(batch, work["slabs"], width, size, size)
        labels = (torch.arange(batch) % 2).float()
        optimiser = torch.optim.Adam(model.parameters(), 1e-4)

        def loss():
            return F.binary_cross_entropy_with_logits(model(x), labels)

    else:
        sys.exit(f"no case {case}")

    def step():
        optimiser.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimiser.step()
        return value.item()

    return step


def main():
    work = json.loads(sys.argv[1])
    torch.set_num_threads(work["threads"])
    torch.manual_seed(0)
    begun = time.perf_counter()
    step = build(work)
    print("ready", time.perf_counter() - begun, flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        step()
        print(time.perf_counter() - begun, flush=True)


if __name__ == "__main__":
    main()
