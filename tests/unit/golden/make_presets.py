#!/usr/bin/python3
"""Makes the golden numbers of tests/unit/test_presets.c and tests/unit/test_resize.c; run by hand, once.

    tests/unit/golden/make_presets.py            # writes presets.f32 and resize.u8 beside this script
    tests/unit/golden/make_presets.py --compare  # writes nothing, measures float32 torch

presets.f32 (RUNS, STEPS): the losses of the first steps of every preset, from the weights, images
and labels of make_golden.py, in float64 PyTorch. Nothing is read from src/network/presets.c: networks,
losses and optimizers are written down here as docs/seeds/ and the frameworks' manuals have them.
Learning rates are constant, images are not moved, and dropout, whose draws nobody shares, is left
out. Behind the presets come the losses that none of them has, on lenet5-tanh. The same job in
float32 torch (1 thread) differs by at most 4.5e-07, as --compare says.

resize.u8: noise, enlarged by Pillow's BILINEAR, as torchvision's Resize does it to an image.
"""
import argparse
import pathlib

import numpy as np
import PIL.Image
import torch
import torch.nn.functional as F
from torch import nn

from make_golden import draw_image, draw_weights, mix

SAMPLES, HELD_OUT, STEPS, CLASSES = 640, 64, 20, 10
NOISE_SEED = 0x30000000
ENLARGED = [(28, 28, 32, 32), (28, 28, 28, 28), (5, 9, 8, 9), (1, 1, 3, 4), (20, 28, 32, 32),
            (27, 31, 32, 32), (14, 7, 20, 10)]  # rows and columns, before and after
# The last ones' weights are twentieths, which makes ties that their rounding decides.


# Inputs, (SAMPLES, 1, 32, 32)

def pad(images):
    return np.pad(images.astype(np.float64), ((0, 0), (2, 2), (2, 2)))


def resize(images):
    return np.stack([enlarge(image, 32, 32) for image in images]).astype(np.float64)


def enlarge(image, rows, cols):
    return np.asarray(PIL.Image.fromarray(image).resize((cols, rows), PIL.Image.BILINEAR))


def unit(x):
    return x / 255


def standard(x):
    return (x / 255 - 0.1307) / 0.3081


def centred(x):
    """Seed 3, but for the mean over the training samples, which all lose."""
    x = x / 255
    return x - x[:SAMPLES - HELD_OUT].mean()


# Networks

def features(activation, pooling):
    return [nn.Conv2d(1, 6, 5), activation(), pooling(2),
            nn.Conv2d(6, 16, 5), activation(), pooling(2)]


def dense(activation, pooling=nn.AvgPool2d):
    return nn.Sequential(*features(activation, pooling), nn.Flatten(),
                         nn.Linear(400, 120), activation(),
                         nn.Linear(120, 84), activation(), nn.Linear(84, 10))


def convolutional(activation, *after_f6):
    return nn.Sequential(*features(activation, nn.AvgPool2d), nn.Conv2d(16, 120, 5), activation(),
                         nn.Flatten(), nn.Linear(120, 84), *after_f6, nn.Linear(84, 10))


def tanh():
    return dense(nn.Tanh)


def relu():
    return dense(nn.ReLU)


def relu_max():
    return dense(nn.ReLU, nn.MaxPool2d)


def conv5():
    return convolutional(nn.Tanh, nn.Tanh())


def sigmoid():
    return convolutional(nn.Sigmoid)


# Losses of logits z, towards the label or a target (n, CLASSES)

def target_of(labels, smoothing):
    return (1 - smoothing) * F.one_hot(labels, CLASSES) + smoothing / CLASSES


def cross_entropy(smoothing=0.0):
    return lambda z, y: F.cross_entropy(z, y, label_smoothing=smoothing)


def cross_entropy_twice(smoothing=0.0):
    return lambda z, y: F.cross_entropy(F.softmax(z, 1), y, label_smoothing=smoothing)


def of_target(loss, smoothing=0.0):
    return lambda z, y: loss(z, target_of(y, smoothing).to(z.dtype))


def bce_logits(z, t):
    return F.binary_cross_entropy_with_logits(z, t)


def bce_softmax(z, t):
    return F.binary_cross_entropy(F.softmax(z, 1), t)


def mse(z, t):
    return F.mse_loss(F.softmax(z, 1), t)


# Optimizers

class KerasAdam:
    """tf.keras.optimizers.Adam: the epsilon is added before the bias correction."""

    def __init__(self, parameters, rate, beta1=0.9, beta2=0.999, epsilon=1e-7):
        self.parameters = list(parameters)
        self.rate, self.beta1, self.beta2, self.epsilon = rate, beta1, beta2, epsilon
        self.m = [torch.zeros_like(p) for p in self.parameters]
        self.v = [torch.zeros_like(p) for p in self.parameters]
        self.t = 0

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self):
        self.t += 1
        rate = self.rate * (1 - self.beta2**self.t)**0.5 / (1 - self.beta1**self.t)
        for p, m, v in zip(self.parameters, self.m, self.v):
            m += (1 - self.beta1) * (p.grad - m)
            v += (1 - self.beta2) * (p.grad**2 - v)
            p -= rate * m / (v.sqrt() + self.epsilon)


def recipe(parameters):
    return torch.optim.SGD(parameters, 0.07, momentum=0.9, nesterov=True, weight_decay=5e-4)


def best(parameters):
    return torch.optim.SGD(parameters, 0.04, momentum=0.9, nesterov=True, weight_decay=1e-4)


def torch_adam(parameters):
    return torch.optim.Adam(parameters, 0.001)


def keras_adam(rate):
    return lambda parameters: KerasAdam(parameters, rate)


def sgd(parameters):
    return torch.optim.SGD(parameters, 0.01)


def other(name, loss):
    return (name, tanh, pad, standard, loss, recipe, 32)


# As test_presets.c has them: name, network, fit, scaling, loss, optimizer, batch size
RUNS = [
    ("lenet5", relu, pad, standard, cross_entropy(0.05), recipe, 32),
    ("lenet5-tanh", tanh, pad, standard, cross_entropy(0.05), recipe, 32),
    ("lenet5-best", relu, pad, standard, cross_entropy(0.05), best, 32),
    ("keras-dropout", tanh, pad, unit, of_target(bce_logits), keras_adam(0.01), 100),
    ("torch-conv5", conv5, pad, unit, cross_entropy(), torch_adam, 64),
    ("keras-adam", tanh, pad, unit, cross_entropy(), keras_adam(0.001), 32),
    ("torch-relu", relu_max, pad, unit, cross_entropy(), torch_adam, 64),
    ("keras-sgd", tanh, pad, centred, cross_entropy(), sgd, 32),
    ("torch-sigmoid", sigmoid, resize, unit, cross_entropy(), torch_adam, 32),
    other("bce-softmax", of_target(bce_softmax)),
    other("bce-softmax, smoothed", of_target(bce_softmax, 0.1)),
    other("bce-logits, smoothed", of_target(bce_logits, 0.1)),
    other("cross-entropy-twice", cross_entropy_twice()),
    other("cross-entropy-twice, smoothed", cross_entropy_twice(0.1)),
    other("mse", of_target(mse)),
    other("mse, smoothed", of_target(mse, 0.1)),
]


def train(images, dtype, make_network, fit, scale, loss_of, make_optimizer, batch):
    """The losses of STEPS steps, each before its step."""
    x = torch.from_numpy(scale(fit(images))[:, None]).to(dtype)
    labels = torch.arange(SAMPLES) % CLASSES
    network = draw_weights(make_network()).to(dtype)
    optimizer = make_optimizer(network.parameters())
    losses = []
    for step in range(STEPS):
        places = torch.arange(step * batch, (step + 1) * batch) % (SAMPLES - HELD_OUT)
        optimizer.zero_grad()
        loss = loss_of(network(x[places]), labels[places])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def enlarged_noise():
    """Two pictures of every size: noise of all bytes, and noise of the brightest and darkest."""
    pixels = []
    for rows, cols, height, width in ENLARGED:
        noise = np.array([mix(NOISE_SEED + i) for i in range(rows * cols)]).reshape(rows, cols)
        for image in noise & 255, (noise >> 8 & 1) * 255:
            pixels.append(enlarge(image.astype(np.uint8), height, width).reshape(-1))
    return np.concatenate(pixels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compare", action="store_true", help="measure float32 against float64")
    args = parser.parse_args()
    torch.set_num_threads(1)
    images = np.stack([draw_image(i) for i in range(SAMPLES)])
    losses = []
    for name, *run in RUNS:
        losses.append(train(images, torch.float64, *run))
        print(f"{name}: {losses[-1][0]:.6f} to {losses[-1][-1]:.6f}", end="")
        if args.compare:
            single = train(images, torch.float32, *run)
            print(f", float32 differs by {np.abs(losses[-1] - single).max():.1e}", end="")
        print()
    if not args.compare:
        directory = pathlib.Path(__file__).parent
        np.stack(losses).astype("<f4").tofile(directory / "presets.f32")
        enlarged_noise().tofile(directory / "resize.u8")


if __name__ == "__main__":
    main()
