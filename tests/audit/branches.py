#!/usr/bin/env python3
"""The branches of the readers and writers that no test takes, against the list of those that none can.

    tests/audit/branches.py COVERAGE.json

COVERAGE.json is gcovr's, as tools/scripts/analyse.sh coverage makes it. A line of the list, unreached.txt, is a file, a source line as it
stands there and the reason, with bars between. Prints what is not listed and what is listed in vain; the exit status
is 1 when something is not listed.
"""
import collections
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LISTING = ROOT / "tests" / "unreached.txt"


def main():
    reasons = {}
    for line in LISTING.read_text().splitlines():
        if line and not line.startswith("#"):
            name, code, reason = line.split(" | ")
            reasons[name, code] = reason
    missed, taken, branches = collections.defaultdict(int), 0, 0
    for file in json.loads(pathlib.Path(sys.argv[1]).read_text())["files"]:
        if not file["file"].startswith(("src/files/", "src/formats/")):
            continue
        source = (ROOT / file["file"]).read_text().splitlines()
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            counts = [branch["count"] for branch in line.get("branches", [])] or [line["count"]]
            branches += len(counts)
            taken += sum(count > 0 for count in counts)
            if 0 in counts:
                missed[file["file"], source[line["line_number"] - 1].strip()] += counts.count(0)
    unlisted = [place for place in missed if place not in reasons]
    for name, code in unlisted:
        print(f"not taken, and not listed: {name}: {code}")
    for place in reasons:
        if place not in missed:
            print(f"listed, but taken: {place[0]}: {place[1]}")
    print(f"src/files, src/formats: {taken} of {branches} branches and lines are taken, {sum(missed.values())} in {len(missed)} lines "
          f"not, of which {len(unlisted)} lines have no reason in {LISTING.name}")
    sys.exit(len(unlisted) > 0)


if __name__ == "__main__":
    main()
