"""The peers' networks in PyTorch, PENet and the I3D trunk, under the procedural weights of test/golden/.

    from torch_networks import PENet, i3d, procedural
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Bottleneck(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        outputs = 2 * channels
        norm = lambda count: nn.GroupNorm(count // 16, count)
        self.down_sample = None
        if stride != 1 or inputs != outputs:
            self.down_sample = nn.Sequential(nn.Conv3d(inputs, outputs, 1, stride, bias=False), norm(outputs))
        self.conv1, self.norm1 = nn.Conv3d(inputs, channels, 1, bias=False), norm(channels)
        self.conv2 = nn.Conv3d(channels, channels, 3, stride, 1, groups=32, bias=False)
        self.norm2 = norm(channels)
        self.conv3, self.norm3 = nn.Conv3d(channels, outputs, 1, bias=False), norm(outputs)
        self.excite = nn.Sequential(nn.Linear(outputs, outputs // 16), nn.LeakyReLU(), nn.Linear(outputs // 16, outputs), nn.Sigmoid())

    def forward(self, x):
        skip = x if self.down_sample is None else self.down_sample(x)
        y = F.leaky_relu(self.norm1(self.conv1(x)))
        y = F.leaky_relu(self.norm2(self.conv2(y)))
        y = self.norm3(self.conv3(y))
        return F.leaky_relu(y * self.excite(y.mean((2, 3, 4)))[:, :, None, None, None] + skip)


class PENet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv3d(3, 64, 7, (1, 2, 2), 3, bias=False), nn.GroupNorm(4, 64), nn.LeakyReLU())
        blocks, inputs = [], 64
        for stage, count in enumerate([3, 4, 6, 3]):
            for block in range(count):
                channels = 128 * 2**stage
                blocks.append(Bottleneck(inputs, channels, 2 if stage > 0 and block == 0 else 1))
                inputs = 2 * channels
        self.blocks, self.classifier = nn.Sequential(*blocks), nn.Linear(2048, 1)

    def forward(self, x):
        x = F.max_pool3d(self.stem(x.expand(-1, 3, -1, -1, -1)), 3, 2, 1)
        return self.classifier(self.blocks(x).mean((2, 3, 4)))


def same(x, kernel, stride):
    """SAME padding: as many zeros as make the output ceil(size / stride), the odd one after."""
    pads = []
    for size, k, s in reversed(list(zip(x.shape[2:], kernel, stride))):
        total = max((-(-size // s) - 1) * s + k - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)


class Unit(nn.Module):
    def __init__(self, inputs, outputs, kernel=1, stride=1):
        super().__init__()
        self.kernel, self.stride = (kernel,) * 3, (stride,) * 3
        self.conv3d, self.bn = nn.Conv3d(inputs, outputs, kernel, stride, bias=False), nn.BatchNorm3d(outputs, eps=1e-3)

    def forward(self, x):
        return F.relu(self.bn(self.conv3d(same(x, self.kernel, self.stride))))


class Pool(nn.Module):
    def __init__(self, kernel, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x):
        return F.max_pool3d(same(x, self.kernel, self.stride), self.kernel, self.stride)


class Mixed(nn.Module):
    def __init__(self, inputs, b0, b1, b2, b3):
        super().__init__()
        self.b0 = Unit(inputs, b0)
        self.b1a, self.b1b = Unit(inputs, b1[0]), Unit(b1[0], b1[1], 3)
        self.b2a, self.b2b = Unit(inputs, b2[0]), Unit(b2[0], b2[1], 3)
        self.pool, self.b3b = Pool((3, 3, 3), (1, 1, 1)), Unit(inputs, b3)

    def forward(self, x):
        return torch.cat([self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.pool(x))], 1)


def i3d():
    flat = Pool((1, 3, 3), (1, 2, 2))
    layers, inputs = [Unit(3, 64, 7, 2), flat, Unit(64, 64), Unit(64, 192, 3), flat], 192
    blocks = [
        (64, (96, 128), (16, 32), 32), (128, (128, 192), (32, 96), 64), Pool((3, 3, 3), (2, 2, 2)),
        (192, (96, 208), (16, 48), 64), (160, (112, 224), (24, 64), 64), (128, (128, 256), (24, 64), 64),
        (112, (144, 288), (32, 64), 64), (256, (160, 320), (32, 128), 128), Pool((2, 2, 2), (2, 2, 2)),
        (256, (160, 320), (32, 128), 128), (384, (192, 384), (48, 128), 128),
    ]
    for block in blocks:
        layers.append(block if isinstance(block, Pool) else Mixed(inputs, *block))
        if not isinstance(block, Pool):
            inputs = block[0] + block[1][1] + block[2][1] + block[3]
    return nn.Sequential(*layers)


def procedural(net, first):
    """State tensor j, element i: sin(.37 i + 1.7 j), scaled by what the tensor is (docs/method.md#reference-values)."""
    names = [name for name in net.state_dict() if not name.endswith("num_batches_tracked")]
    for j, name in enumerate(names, first):
        tensor = net.state_dict()[name]
        s = torch.sin(0.37 * torch.arange(tensor.numel(), dtype=torch.float64) + 1.7 * j)
        if tensor.dim() > 1:
            s = math.sqrt(2 / (tensor.numel() / tensor.shape[0])) * s
        else:
            s = 1 + 0.1 * s if name.endswith(("weight", "running_var")) else 0.1 * s
        tensor.copy_(s.reshape(tensor.shape))
