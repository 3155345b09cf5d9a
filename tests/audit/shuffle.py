#!/usr/bin/env python3
"""Whether a test depends on its neighbours or on a quiet machine: runs the suite in random order, again and again.

    tests/audit/shuffle.py [--times N] [--jobs N] [--load N] [--seed N] [--only NAME]... [--without NAME]... [BUILD]

Every round has another order, --jobs tests at a time (2), beside --load busy processes (2). The build, build-test/
by default, is taken as it is; a test that Meson would run alone is run alone. The output of what failed is kept in
BUILD/shuffle/. Prints a line for each round and one for each failure; the exit status is 1 when there was one.
"""
import argparse
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

SKIPPED = 77
PATIENCE = 10  # times a test's own limit, which is for a machine with nothing else to do


def spin():
    while True:
        pass


def run(test, log, build):
    """The exit status of a test (-9 when it hung), and its seconds."""
    command, env = test["cmd"], os.environ | test["env"]
    start = time.monotonic()
    with open(log, "wb") as output:
        try:
            status = subprocess.run(command, cwd=test["workdir"] or build, env=env, stdin=subprocess.DEVNULL, stdout=output,
                                    stderr=output, timeout=PATIENCE * test["timeout"]).returncode
        except subprocess.TimeoutExpired:
            status = -9
    return status, time.monotonic() - start


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--times", type=int, default=50)
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--load", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", action="append", default=[])
    arguments.add_argument("--without", action="append", default=[])
    arguments.add_argument("build", nargs="?", default="build-test")
    options = arguments.parse_args()

    # What runs in the background ignores it, and programs inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    listed = subprocess.run(["meson", "introspect", "--tests", options.build], capture_output=True, check=True)
    tests = [test for test in json.loads(listed.stdout)
             if test["name"] not in options.without and (not options.only or test["name"] in options.only)]
    folder = pathlib.Path(options.build) / "shuffle"
    folder.mkdir(exist_ok=True)
    busy = [multiprocessing.Process(target=spin, daemon=True) for _ in range(options.load)]
    for process in busy:
        process.start()

    order, runs, skipped, failures, seconds = random.Random(options.seed), 0, set(), 0, {}
    for turn in range(1, options.times + 1):
        order.shuffle(tests)
        start = time.monotonic()
        groups = [[test for test in tests if test["is_parallel"]],
                  [test for test in tests if not test["is_parallel"]]]
        for group, jobs in zip(groups, (options.jobs, 1)):
            logs = [folder / f"{turn}-{test['name']}.log" for test in group]
            with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
                for test, log, (status, span) in zip(group, logs, pool.map(run, group, logs, [options.build] * len(group))):
                    runs += 1
                    seconds[test["name"]] = max(span, seconds.get(test["name"], 0))
                    if status == SKIPPED:
                        skipped.add(test["name"])
                    elif status != 0:
                        failures += 1
                        print(f"FAILED in round {turn}: {test['name']}, exit status {status}, {log}", flush=True)
                        continue
                    log.unlink()
        print(f"round {turn}: {len(tests)} tests, {time.monotonic() - start:.0f} s, load {os.getloadavg()[0]:.1f}, "
              f"{failures} failures so far", flush=True)
    slow = sorted(seconds.items(), key=lambda item: -item[1])[:10]
    print("longest, s:", ", ".join(f"{name} {span:.0f}" for name, span in slow))
    print("skipped:", ", ".join(sorted(skipped)) or "none")
    print(f"{runs} runs of {len(tests)} tests in {options.times} orders, {failures} failures")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
