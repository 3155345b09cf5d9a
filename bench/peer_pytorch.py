#!/usr/bin/python3
"""PyTorch on the standard job: how many samples per second one training loop gets through.

    bench/peer_pytorch.py --batch 128 --threads 2 --seconds 5   # a JSON line for each variant
    bench/peer_pytorch.py --batch 128 --variant channels_last --wait

With --wait it times one interval for every line "go" on stdin, prints its line, and ends with the
input, so that a driver can alternate it with another program; between intervals it is idle. The
first interval is worth throwing away: it may still be loading.

The settings are those that serve PyTorch best: the kernels for AVX-512 where the CPU has it
(Debian's build would take AVX2), and a malloc that keeps its pages. Data is float32 in memory,
already scaled; batches are contiguous slices. A step is zero-grad, forward, loss, backward and
update. On two threads it needs a quiet machine even more than most programs do: its threads spin
at barriers, and beside another busy process it falls to a tenth.
"""
import argparse
import json
import os
import sys
import time

SETTINGS = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "268435456",
}
SAMPLES = 16384  # 64 MiB of input: more than the caches hold
WARM_UP = 0.3  # seconds before every timed interval

VARIANTS = ("nchw", "channels_last")


def restart_with_settings():
    """glibc and ATen read their settings once, so this process starts again with them."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        flags = next((line.split() for line in file if line.startswith("flags")), [])
    if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= set(flags):
        SETTINGS["ATEN_CPU_CAPABILITY"] = "avx512"
    if any(os.environ.get(name) != value for name, value in SETTINGS.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **SETTINGS})


def make_step(variant, batch):
    """One training step as a function without arguments."""
    import torch
    from torch import nn

    torch.manual_seed(1)
    layout = torch.channels_last if variant == "channels_last" else torch.contiguous_format
    network = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(),
        nn.Linear(120, 84), nn.Tanh(),
        nn.Linear(84, 10)).to(memory_format=layout)
    optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9, nesterov=True)
    x = torch.rand(max(SAMPLES // batch, 1) * batch, 1, 32, 32).to(memory_format=layout)
    labels = torch.arange(len(x)) % 10
    batches = list(zip(x.split(batch), labels.split(batch)))
    position = 0

    def step():
        nonlocal position
        xs, ys = batches[position]
        position = (position + 1) % len(batches)
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(network(xs), ys)
        loss.backward()
        optimizer.step()

    return step


def run_for(step, seconds):
    """Steps per second over at least the given time."""
    steps, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        step()
        steps += 1
    return steps / elapsed if steps else 0.0


def measure(variant, step, args):
    run_for(step, WARM_UP)
    line = {
        "peer": "pytorch",
        "variant": variant,
        "batch": args.batch,
        "threads": args.threads,
        "samples_per_second": round(run_for(step, args.seconds) * args.batch, 1),
    }
    print(json.dumps(line), flush=True)


def positive(kind):
    def convert(text):
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return value

    return convert


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=positive(int), default=128)
    parser.add_argument("--threads", type=positive(int), default=1)
    parser.add_argument("--seconds", type=positive(float), default=3.0, help="of a timed interval")
    parser.add_argument("--variant", choices=VARIANTS, help="default: both, channels_last to wait")
    parser.add_argument("--wait", action="store_true", help='an interval for every "go" on stdin')
    return parser.parse_args()


def main():
    args = parse_arguments()
    restart_with_settings()
    try:
        import torch
    except ImportError:
        sys.exit("peer_pytorch.py: no PyTorch (Debian: python3-torch)")
    torch.set_num_threads(args.threads)
    kernels = "".join(torch.__config__.show().partition("CPU capability usage: ")[2].split()[:1])
    print(f"PyTorch {torch.__version__}, {kernels}, {args.threads} thread(s)", file=sys.stderr)

    if not args.wait:
        for variant in [args.variant] if args.variant else VARIANTS:
            measure(variant, make_step(variant, args.batch), args)
        return
    variant = args.variant or "channels_last"
    step = make_step(variant, args.batch)
    run_for(step, WARM_UP)
    for line in sys.stdin:
        if line.strip() != "go":
            sys.exit(f'peer_pytorch.py: expected "go", found {line.strip()!r}')
        measure(variant, step, args)


if __name__ == "__main__":
    main()
