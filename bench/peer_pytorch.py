#!/usr/bin/python3
"""PyTorch as a contender of run_bench.sh's races.

    yes go | head -n 3 | bench/peer_pytorch.py --job train --variant channels_last --batch 128 --threads 2
    bench/peer_pytorch.py --job recipe --recipe FILE --data DIRECTORY --seed 1 --threads 2

For each line "go" on stdin it works for an interval and prints its figures: samples per second of
train and infer, and the 50th, 99th and 99.9th percentile of the microseconds for one image on one
thread of latency. Between intervals it is idle, so that contenders can alternate. Ignore the first
interval, which may include loading.

recipe trains by the file that bench-recipe wrote, with its settings and the learning rate of each
step, and prints the same records: test accuracy, epochs and seconds to the target.

The settings are the fastest for PyTorch: kernels for AVX-512 if the CPU has it (Debian's build would
use AVX2), a malloc that keeps its pages, and the fastest variants of each job: channels_last in
training, optimized by TorchScript in inference, and frozen without oneDNN for single images. Data is
float32 in memory, already scaled; batches are contiguous slices. A training step is zero-grad,
forward, loss, backward and update. On two threads the machine must be idle: PyTorch's threads spin
at barriers, and beside another busy process its speed falls to a tenth.
"""
import argparse
import gzip
import itertools
import json
import math
import os
import pathlib
import sys
import time

# glibc and ATen read these only at the start, so the program restarts itself with them.
SETTINGS = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "8589934592",
            "MALLOC_TOP_PAD_": "268435456"}
with open("/proc/cpuinfo", encoding="ascii", errors="replace") as cpuinfo:
    if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= set(cpuinfo.read().split()):
        SETTINGS["ATEN_CPU_CAPABILITY"] = "avx512"
if not SETTINGS.items() <= os.environ.items():
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **SETTINGS})

try:
    import torch
except ImportError:
    sys.exit("peer_pytorch.py: no PyTorch (Debian: python3-torch)")
from torch import nn

SAMPLES = 16384  # 64 MiB of input: more than the caches hold
WARM_UP = 0.3  # seconds before every timed interval

VARIANTS = {"train": ("nchw", "channels_last"), "infer": ("optimized",), "latency": ("frozen",),
            "recipe": ("channels_last",)}


def make_network(variant, activation="tanh"):
    act = {"tanh": nn.Tanh, "relu": nn.ReLU}[activation]
    layout = torch.channels_last if variant == "channels_last" else torch.contiguous_format
    network = nn.Sequential(
        nn.Conv2d(1, 6, 5), act(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), act(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), act(),
        nn.Linear(120, 84), act(),
        nn.Linear(84, 10)).to(memory_format=layout)
    return network, layout


def train_step(network, optimizer, x, labels, label_smoothing=0.0):
    optimizer.zero_grad(set_to_none=True)
    nn.functional.cross_entropy(network(x), labels, label_smoothing=label_smoothing).backward()
    optimizer.step()


def make_step(variant, batch):
    """One training step as a function without arguments."""
    network, layout = make_network(variant)
    optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9, nesterov=True)
    x = torch.rand(max(SAMPLES // batch, 1) * batch, 1, 32, 32).to(memory_format=layout)
    labels = torch.arange(len(x)) % 10
    batches = itertools.cycle(zip(x.split(batch), labels.split(batch)))

    return lambda: train_step(network, optimizer, *next(batches))


def make_inference(variant, batch):
    """The logits of one batch as a function without arguments."""
    if variant == "frozen":
        torch.backends.mkldnn.set_flags(False)
    network = make_network(variant)[0].eval()
    x = torch.rand(max(SAMPLES // batch, 1) * batch, 1, 32, 32)
    batches = itertools.cycle(x.split(batch))
    with torch.no_grad():
        network = torch.jit.freeze(torch.jit.trace(network, next(batches)))
        if variant == "optimized":
            network = torch.jit.optimize_for_inference(network)

    def infer():
        with torch.no_grad():
            network(next(batches))

    return infer


def run_for(work, seconds):
    """The seconds of each call, for at least the given time."""
    times, before = [], time.perf_counter()
    end = before + seconds
    while not times or before < end:
        work()
        after = time.perf_counter()
        times.append(after - before)
        before = after
    return times


def measure(work, args):
    """The figures of one interval, as text."""
    run_for(work, WARM_UP)
    times = sorted(run_for(work, args.seconds))
    if args.job == "latency":
        return " ".join(f"{1e6 * times[math.ceil(share * len(times)) - 1]:.2f}"
                        for share in (0.5, 0.99, 0.999))
    return f"{args.batch * len(times) / sum(times):.1f}"


def read_idx(directory, part, kind):
    """The bytes behind the header of one of MNIST's files."""
    for name in (f"{part}-{kind}-ubyte", f"{part}-{kind.replace('-', '.')}-ubyte"):
        for ending, opener in (("", open), (".gz", gzip.open)):
            path = pathlib.Path(directory, name + ending)
            if path.exists():
                with opener(path, "rb") as file:
                    content = bytearray(file.read())
                return content[4 + 4 * content[3]:]
    sys.exit(f"peer_pytorch.py: no {part}-{kind}-ubyte in {directory}")


def read_mnist(directory, part, recipe, margin=0):
    """(n, 1, side, side) floats with each image centred, and labels; margin adds a border to each image."""
    labels = torch.frombuffer(read_idx(directory, part, "labels-idx1"), dtype=torch.uint8).long()
    pixels = torch.frombuffer(read_idx(directory, part, "images-idx3"), dtype=torch.uint8)
    border = int(recipe["side"]) - 28
    before, after = border // 2 + margin, border - border // 2 + margin
    pixels = nn.functional.pad(pixels.reshape(-1, 1, 28, 28), (before, after, before, after))
    return pixels * recipe["scale"] + recipe["shift"], labels


def initialise(network, kind):
    """Initialises as lenet5_network_initialise does for the default recipe, with He's normal distribution."""
    if kind != "he":
        sys.exit(f"peer_pytorch.py: the recipe initialises by {kind}, expected he")
    for layer in network:
        if hasattr(layer, "weight"):
            nn.init.zeros_(layer.bias)
            nn.init.normal_(layer.weight, 0, math.sqrt(2 / layer.weight[0].numel()))


def make_optimizer(parameters, recipe):
    if recipe["optimizer"] != "sgd":
        sys.exit(f"peer_pytorch.py: the recipe's optimizer is {recipe['optimizer']}, expected sgd")
    return torch.optim.SGD(parameters, 0.01, momentum=recipe["momentum"], nesterov=recipe["nesterov"],
                           weight_decay=recipe["weight_decay"])


def moved(x, indices, side, margin):
    """These images, each shifted by -margin to margin pixels along both axes."""
    place = torch.randint(2 * margin + 1, (2, len(indices), 1)) + torch.arange(side)
    return x[indices[:, None, None], 0, place[0][:, :, None], place[1][:, None, :]].unsqueeze(1)


def evaluate(network, x, labels):
    """Accuracy and mean loss."""
    with torch.no_grad():
        logits = torch.cat([network(xs) for xs in x.split(1000)])
    loss = nn.functional.cross_entropy(logits, labels).item()
    return (logits.argmax(1) == labels).double().mean().item(), loss


def follow_recipe(args):
    """Trains, and prints records as bench-recipe does."""
    recipe = json.loads(args.recipe.read_text(encoding="ascii"))
    torch.manual_seed(args.seed)
    side, margin = int(recipe["side"]), int(recipe["move"])
    x, labels = read_mnist(args.data, "train", recipe, margin)
    test = read_mnist(args.data, "t10k", recipe)
    order = torch.randperm(len(x))
    held_out = order[:int(recipe["validation_samples"])]
    train = order[len(held_out):]
    inner = slice(margin, margin + side)
    validation = x[held_out, :, inner, inner], labels[held_out]
    network, _ = make_network("channels_last", recipe["activation"])
    initialise(network, recipe["init"])
    optimizer = make_optimizer(network.parameters(), recipe)
    rates = iter(recipe["rates"])

    seconds, best, reached = 0.0, None, (None, None)
    for epoch in range(1, int(recipe["epochs"]) + 1):
        order = train[torch.randperm(len(train))]
        start = time.perf_counter()
        for indices in order.split(int(recipe["batch"])):
            optimizer.param_groups[0]["lr"] = next(rates)
            train_step(network, optimizer, moved(x, indices, side, margin), labels[indices],
                       recipe["label_smoothing"])
        seconds += time.perf_counter() - start
        test_accuracy = evaluate(network, *test)[0]
        if reached[0] is None and test_accuracy >= recipe["target"]:
            reached = epoch, seconds
        rank = (epoch,)  # without validation samples the last epoch is the best
        if len(held_out):
            accuracy, loss = evaluate(network, *validation)
            rank = accuracy, -loss
        if best is None or rank > best[0]:
            best = rank, test_accuracy
        print(f"\rPyTorch, seed {args.seed}: epoch {epoch} of {recipe['epochs']}, "
              f"test {100 * test_accuracy:.2f} % ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)

    values = {"accuracy": 100 * best[1], "epochs_to_target": reached[0],
              "seconds_to_target": reached[1], "seconds": seconds}
    row = {"section": "recipe", "name": f"seed {args.seed}", "threads": args.threads,
           "contender": "PyTorch channels_last"}
    for metric, value in values.items():
        print(json.dumps({**row, "metric": metric, "value": value}))
    if not reached[0]:
        print(json.dumps({**row, "text": "99.0 % was not reached"}))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--job", choices=VARIANTS, default="train")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0, help="of a timed interval")
    parser.add_argument("--variant", help="default: the last one of the job")
    parser.add_argument("--recipe", type=pathlib.Path, help="the file of bench-recipe")
    parser.add_argument("--data", help="the directory of MNIST's files")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.variant and args.variant not in VARIANTS[args.job]:
        parser.error(f"--variant of {args.job}: " + ", ".join(VARIANTS[args.job]))
    if min(args.batch, args.threads, args.seconds) <= 0:
        parser.error("--batch, --threads and --seconds are above 0")
    if args.job == "recipe" and not (args.recipe and args.data):
        parser.error("recipe needs --recipe and --data")
    if args.job == "latency":
        args.batch = 1
    return args


def main():
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    if args.job == "recipe":
        follow_recipe(args)
        return

    make = make_step if args.job == "train" else make_inference
    work = make(args.variant or VARIANTS[args.job][-1], args.batch)
    run_for(work, WARM_UP)
    for line in sys.stdin:
        if line.strip() != "go":
            sys.exit(f'peer_pytorch.py: expected "go", found {line.strip()!r}')
        print(measure(work, args), flush=True)


if __name__ == "__main__":
    main()
