#!/usr/bin/env python3
"""Whether the tests would notice a mistake: makes small ones, one at a time, and runs the tests.

    tests/audit/mutate.py [--sample N] [--seed N] [FILE...]

A mutant is one changed operator, constant or condition, or one statement left out. It is killed when it
does not compile, when a test fails, under AddressSanitizer and UndefinedBehaviorSanitizer as in CI, or when a test
takes too long. Works on a copy, in build-mutate/.
Prints the survivors, each to be looked at, and the share of killed ones per file; the exit status is 1
when less than 85 % are killed in all.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COPY = ROOT / "build-mutate" / "tree"
PATIENCE = 10  # times as long as it takes without a mutant, and some seconds more

MODEL = ["model_damage", "model_file", "call_faults"]
LAYERS = ["layers", "network", "golden"]
CHECKPOINT = ["checkpoint_damage", "checkpoint", "call_faults"]
TESTS = {
    "src/formats/idx.c": ["dataset", "idx_formats", "damage", "call_faults"],
    "src/files/gzip_reader.c": ["dataset", "damage", "call_faults"],
    "src/formats/image.c": ["image", "call_faults"],
    "src/files/json.c": MODEL,
    "src/formats/safetensors.c": MODEL,
    "src/formats/model_file.c": MODEL,
    "src/formats/architecture_json.c": MODEL,
    "src/formats/model_tensors.c": MODEL,
    "src/formats/checkpoint_file.c": CHECKPOINT,
    "src/formats/checkpoint_codec.c": CHECKPOINT,
    "src/formats/checkpoint_json.c": CHECKPOINT,
    "src/files/atomic_file.c": ["checkpoint", "model_file", "call_faults"],
    "src/files/lock_file.c": ["checkpoint", "call_faults"],
    "src/files/input_file.c": ["dataset", "model_file", "call_faults"],
    "src/layers/naive/activation.c": LAYERS,
    "src/layers/naive/conv.c": LAYERS,
    "src/layers/naive/dense.c": LAYERS,
    "src/layers/naive/dropout.c": ["dropout", "layers"],
    "src/layers/naive/pool.c": LAYERS,
    "src/network/layer.c": LAYERS,
    "src/engine/loss.c": ["loss"],
    "src/engine/blas_check.c": ["blas_check"],
}

SWAPS = [
    (r"==", "!="), (r"!=", "=="), (r"<=", "<"), (r">=", ">"), (r"(?<![<>-])<(?![<=])", "<="),
    (r"(?<![<>-])>(?![>=])", ">="), (r"&&", "||"), (r"\|\|", "&&"), (r"(?<= )\+(?= )", "-"),
    (r"(?<= )-(?= )", "+"), (r"(?<= )\*(?= )", "/"), (r"(?<= )/(?= )", "*"), (r"\+=", "-="),
    (r"(?<![\w.\"'\\])(\d+)(?![\w.\"'])", lambda m: str(int(m.group(1)) + 1)),
    (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
]


def code_mask(text):
    """For each character whether it is code: no comment, text, character or directive."""
    mask = [True] * len(text)
    pattern = r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|^[ \t]*#(?:\\\n|[^\n])*"
    for found in re.finditer(pattern, text, re.S | re.M):
        mask[found.start():found.end()] = [False] * (found.end() - found.start())
    return mask


def mutants(text):
    """All (start, end, replacement) of a file."""
    mask = code_mask(text)
    for pattern, new in SWAPS:
        for found in re.finditer(pattern, text):
            if all(mask[found.start():found.end()]):
                yield found.start(), found.end(), new(found) if callable(new) else new
    for found in re.finditer(r"\b(?:if|while) \(", text):
        if not mask[found.start()]:
            continue
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0) if mask[end] else 0
            end += 1
        yield found.end(), end - 1, "!(" + text[found.end():end - 1] + ")"
    # A call or assignment that stands alone.
    for found in re.finditer(r"^ {4,}(?!return|goto|break|continue|static|const|case)[a-z][\w>.*\[\]-]*"
                             r"(?: [+|&-]?= |\()[^;{}]*;", text, re.M):
        if mask[found.start(0)]:
            yield found.start(0), found.end(0), ";"


def run(*command, limit=None):
    """The exit status; -1 when it took too long, and then it and its children are gone."""
    process = subprocess.Popen(command, cwd=COPY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return -1


def build(tests):
    return run("ninja", "-j1", "-C", "build", "tests/faults.so", *["tests/test_" + test for test in tests])


def command(test):
    preload = ["env", "LD_PRELOAD=" + str(COPY / "build" / "tests" / "faults.so"),
               "ASAN_OPTIONS=verify_asan_link_order=0"]
    return (preload if test == "call_faults" else []) + ["build/tests/test_" + test]


def killed(tests, limit=None):
    return build(tests) != 0 or any(run(*command(test), limit=limit) for test in tests)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--sample", type=int, default=0, help="so many mutants of each file; 0 = all")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("files", nargs="*", default=list(TESTS))
    options = arguments.parse_args()

    if os.path.isdir("/dev/shm"): # what is synced there is synced at once
        os.environ.setdefault("TMPDIR", "/dev/shm")
    shutil.rmtree(COPY, ignore_errors=True)
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in files.stdout.split("\n"):
        if name:
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, COPY / name)
    if run("meson", "setup", "build", "-Dtests=enabled", "-Dtools=disabled", "-Dbench=disabled",
           "-Dbuildtype=debugoptimized", "-Dwerror=false", "-Db_sanitize=address,undefined"):
        sys.exit("the copy cannot be configured")

    total = dead = 0
    for name in options.files:
        tests = TESTS[name]
        path = COPY / name
        text = path.read_text()
        build(tests)
        start = time.monotonic()
        if killed(tests):
            sys.exit(f"{name}: the tests fail without a mutant")
        limit = PATIENCE * (time.monotonic() - start) + 5
        all_mutants = sorted(set(mutants(text)))
        chosen = all_mutants
        if 0 < options.sample < len(all_mutants):
            chosen = sorted(random.Random(options.seed).sample(all_mutants, options.sample))
        count = 0
        for start, end, new in chosen:
            path.write_text(text[:start] + new + text[end:])
            if killed(tests, limit):
                count += 1
            else:
                line = text.count("\n", 0, start) + 1
                print(f"  survivor {name}:{line}: '{text[start:end].strip()}' -> '{new}'    in: "
                      f"{text.splitlines()[line - 1].strip()}", flush=True)
        path.write_text(text)
        print(f"{name}: {count} of {len(chosen)} killed ({len(all_mutants)} possible)", flush=True)
        total += len(chosen)
        dead += count
    print(f"all: {dead} of {total} killed, {100 * dead / total:.1f} %")
    sys.exit(dead < 0.85 * total)


if __name__ == "__main__":
    main()
