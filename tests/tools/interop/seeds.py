"""The seeds' PyTorch classes, as their documents have them, and a recipe to train them with."""
import torch
from torch import nn
from torch.nn import functional as F


class Seed0(nn.Module):
    """docs/seeds/seed-0.md, the PyTorch part; the softmax at its end is left to whoever wants one."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, (5, 5), stride=1)
        self.conv2 = nn.Conv2d(6, 16, (5, 5), stride=1)
        self.conv3 = nn.Conv2d(16, 120, (5, 5), stride=1)
        self.avgpool = nn.AvgPool2d(2, 2)
        self.fc1 = nn.Linear(120, 84)
        self.fc2 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.avgpool(torch.tanh(self.conv1(x)))
        x = self.avgpool(torch.tanh(self.conv2(x)))
        x = torch.flatten(torch.tanh(self.conv3(x)), 1)
        return self.fc2(torch.tanh(self.fc1(x)))


class Seed2(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class Seed4(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5)
        self.s2 = nn.AvgPool2d(2, 2)
        self.c3 = nn.Conv2d(6, 16, 5)
        self.s4 = nn.AvgPool2d(2, 2)
        self.c5 = nn.Conv2d(16, 120, 5)
        self.flatten = nn.Flatten()
        self.f6 = nn.Linear(120, 84)
        self.f7 = nn.Linear(84, 10)
        self.sig = nn.Sigmoid()

    def forward(self, x):
        x = self.s2(self.sig(self.c1(x)))
        x = self.s4(self.sig(self.c3(x)))
        x = self.flatten(self.sig(self.c5(x)))
        return self.f7(self.f6(x))


SEEDS = {"torch-conv5": Seed0, "torch-relu": Seed2, "torch-sigmoid": Seed4}


def logits(module, inputs):
    with torch.no_grad():
        return module.eval()(torch.from_numpy(inputs)).numpy()


def train_one_epoch(module, inputs, labels):
    inputs, labels = torch.from_numpy(inputs), torch.from_numpy(labels)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.003)
    module.train()
    for batch in torch.randperm(len(labels)).split(100):
        optimizer.zero_grad()
        F.cross_entropy(module(inputs[batch]), labels[batch]).backward()
        optimizer.step()
