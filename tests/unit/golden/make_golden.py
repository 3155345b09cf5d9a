#!/usr/bin/python3
"""Makes the golden numbers of tests/unit/test_golden.c with PyTorch; run by hand, once.

    tests/unit/golden/make_golden.py            # writes the .f32 files beside this script
    tests/unit/golden/make_golden.py --compare  # writes nothing, measures float32 torch

PyTorch 1.13 computes in float64, so the files are what float32 engines should come near; the
results are stored as raw little-endian float32. The same job in float32 torch (1 thread) differs
from the files by at most, as --compare says:

    logits 2.1e-07, loss 2.4e-07, gradient 8.9e-08, sgd10 1.8e-07, adam10 1.9e-07

Adam's first step is rate * g / (|g| + epsilon), so a gradient near epsilon would make rounding
errors as large as the rate; with these seeds the smallest of the 61,706 is 1.4e-07.

Weights, images and labels follow from the integer formulas below, which tests/support/golden.c repeats;
every step of theirs is exact or correctly rounded in float32, so both sides start from the same
bits.
"""
import argparse
import pathlib

import numpy as np
import torch
from torch import nn

SAMPLES, BATCH, STEPS = 160, 16, 10
IMAGE_SEED, WEIGHT_SEED = 0x10000000, 0x20000000


def mix(x):
    """A hash of 32 bits (Wellons' lowbias32)."""
    x ^= x >> 16
    x = x * 0x7FEB352D & 0xFFFFFFFF
    x ^= x >> 15
    x = x * 0x846CA68B & 0xFFFFFFFF
    return x ^ x >> 16


def draw_image(i):
    """Three round blobs, (28, 28) bytes: smooth, and dark around the edge."""
    image = np.zeros((28, 28), np.uint8)
    for blob in range(3):
        h = mix(IMAGE_SEED + 3 * i + blob)
        row, col, radius = 7 + h % 14, 7 + (h >> 8) % 14, 3 + (h >> 16) % 5
        for r in range(28):
            for c in range(28):
                distance = (r - row) ** 2 + (c - col) ** 2
                value = 255 * (radius**2 - distance) // radius**2 if distance < radius**2 else 0
                image[r, c] = max(image[r, c], value)
    return image


def make_inputs():
    """(SAMPLES, 1, 32, 32) float32: scale * byte, as in the engine, with scale = 1.0f / 255."""
    bytes_ = np.stack([draw_image(i) for i in range(SAMPLES)])
    x = np.zeros((SAMPLES, 1, 32, 32), np.float32)
    x[:, 0, 2:30, 2:30] = np.float32(1) / np.float32(255) * bytes_.astype(np.float32)
    return torch.from_numpy(x), torch.arange(SAMPLES) % 10


def draw_weights(network):
    """All parameters, weights before biases, uniform within 1.5 / sqrt(fan_in)."""
    i = 0
    for layer in network:
        if not list(layer.parameters()):
            continue
        fan_in = layer.weight[0].numel()
        limit = np.float32(1.5) / np.sqrt(np.float32(fan_in))
        for tensor in layer.weight, layer.bias:
            h = np.array([mix(WEIGHT_SEED + j) for j in range(i, i + tensor.numel())])
            u = (h >> 8).astype(np.float32) * np.float32(2**-23) - np.float32(1)  # [-1, 1), exact
            tensor.data = torch.from_numpy(u * limit).reshape(tensor.shape)
            i += tensor.numel()
    assert i == 61706
    return network


def make_network():
    return draw_weights(nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(),
        nn.Linear(120, 84), nn.Tanh(),
        nn.Linear(84, 10)))


def flat(tensors):
    return torch.cat([t.detach().reshape(-1) for t in tensors])


def train(make_optimizer, dtype):
    """The losses and the parameters after STEPS steps, and the first step's gradient."""
    x, labels = make_inputs()
    network = make_network().to(dtype)
    optimizer = make_optimizer(network.parameters())
    losses, first = [], None
    for xs, ys in zip(x.to(dtype).split(BATCH)[:STEPS], labels.split(BATCH)):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(xs), ys)
        loss.backward()
        if first is None:
            first = flat(p.grad for p in network.parameters())
        optimizer.step()
        losses.append(loss.item())
    return losses, flat(network.parameters()), first


def make_golden(dtype):
    sgd_losses, sgd, gradient = train(
        lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, nesterov=True, weight_decay=5e-4), dtype)
    adam_losses, adam, _ = train(lambda p: torch.optim.Adam(p, 0.001, (0.9, 0.999), 1e-8), dtype)
    with torch.no_grad():
        logits = make_network().to(dtype)(make_inputs()[0].to(dtype))
    golden = {
        "logits": logits.reshape(-1),
        "loss": torch.tensor([sgd_losses[0], *sgd_losses, *adam_losses], dtype=torch.float64),
        "gradient": gradient,
        "sgd10": sgd,
        "adam10": adam,
    }
    return {name: values.double().numpy() for name, values in golden.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compare", action="store_true", help="measure float32 against float64")
    args = parser.parse_args()
    torch.set_num_threads(1)
    golden = make_golden(torch.float64)
    if args.compare:
        single = make_golden(torch.float32)
        for name, values in golden.items():
            difference = np.abs(values.astype(np.float32) - single[name]).max()
            print(f"{name}: {values.size} values, |value| <= {np.abs(values).max():.3g}, "
                  f"float32 differs by {difference:.1e}")
        gradient = np.abs(golden["gradient"])
        print(f"gradient: smallest {gradient.min():.1e}, median {np.median(gradient):.1e}")
        return
    for name, values in golden.items():
        path = pathlib.Path(__file__).parent / f"{name}.f32"
        values.astype("<f4").tofile(path)
        print(f"{path}: {values.size} values")


if __name__ == "__main__":
    main()
