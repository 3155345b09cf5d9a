#!/usr/bin/env python3
"""Checks the architecture that the folders show: tests/audit/includes.py [SOURCE_DIR]

- A file includes only files of its own room or of rooms further down (ROOMS).
- No files include each other in a circle; NAME.c and NAME.h count as one.
- No private header has the name of a public one.

Prints each violation on a line; the exit status is 1 if there is one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
SEARCH = ["src", "tools", "tests", "tests/support", "."]

# From the ground up. A room's name is the longest prefix of the path that stands here.
ROOMS = [
    "src/base",
    "src/files",
    "src/network",
    "src/layers/contract.h",
    "src/layers/naive",
    "src/layers/shared",
    "src/layers/direct",
    "src/layers/blas",
    "src/layers",
    "src/data",
    "src/scan",
    "src/engine",
    "src/train",
    "src/formats",
    "datasets",
    "tools/cli",
    "tools/report",
    "tools/dataset",
    "tools/training",
    "tools/convert",
    "tools/programs",
    "tests/support",
    "bench",
    "tests",
]


def room_of(path):
    return max((room for room in ROOMS if path == room or path.startswith(room + "/")), key=len, default=None)


def resolve(including, name):
    for folder in [str(pathlib.Path(including).parent), *SEARCH]:
        path = ROOT / folder / name
        if path.is_file():
            return str(path.resolve().relative_to(ROOT))
    return None  # made by the build


def includes_of(path):
    text = (ROOT / path).read_text()
    return [found for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M)
            if (found := resolve(path, name))]


def circles(graph):
    """Every circle once, as a list of units."""
    found, done = [], set()

    def visit(unit, trail):
        if unit in trail:
            found.append(trail[trail.index(unit):] + [unit])
        elif unit not in done:
            for other in sorted(graph.get(unit, ())):
                visit(other, trail + [unit])
            done.add(unit)

    for unit in sorted(graph):
        visit(unit, [])
    return found


def main():
    files = sorted(str(path.relative_to(ROOT)) for folder in ("src", "tools", "bench", "tests", "datasets")
                   for path in (ROOT / folder).rglob("*.[ch]"))
    public = {path.name for path in (ROOT / "include/lenet5").glob("*.h")}
    problems, graph = [], {}
    for path in files:
        room = room_of(path)
        if room is None:
            problems.append(f"{path}: in no room of {pathlib.Path(__file__).name}")
            continue
        if path.endswith(".h") and pathlib.Path(path).name in public:
            problems.append(f"{path}: a public header has this name")
        unit = path[:-2]
        for included in includes_of(path):
            if ROOMS.index(room_of(included)) > ROOMS.index(room):
                problems.append(f"{path}: includes {included}, which is in a room above")
            if included[:-2] != unit:
                graph.setdefault(unit, set()).add(included[:-2])
    problems += ["circle: " + " -> ".join(circle) for circle in circles(graph)]
    print("\n".join(problems) if problems else f"{len(files)} files, no include points up, no circle")
    return 1 if problems else 0


sys.exit(main())
