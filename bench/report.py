#!/usr/bin/env python3
"""Turns the records of a benchmark run into tables, CSV, JSON and charts.

    bench/report.py [-o table|md|csv|json] [--out DIRECTORY] FILE

FILE has one JSON record a line, as record.h describes. Values of the same row and metric come from
alternating rounds; the report has their median, smallest and largest value. With --out it also writes
results.json, results.md, training.svg and layers.svg to DIRECTORY.
"""
import argparse
import json
import math
import pathlib
import statistics
import sys
from collections import namedtuple

import charts

Row = namedtuple("Row", "section name batch threads contender", defaults=("", 0, 0, ""))  # these: do not apply
Cell = namedtuple("Cell", "median min max runs")
MISSING = Cell(math.nan, math.nan, math.nan, 0)

BOUND = (("calls", "calls a batch", ".0f", False), ("us", "us a sample", ".2f", True),
         ("gflops", "GFLOP/s", ".1f", False), ("peak_percent", "% of peak", ".1f", False),
         ("overhead", "whole/bare, times", ".2f", True))
THROUGHPUT = (("samples_per_second", "samples/s", ".0f", True), ("blas_ratio", "blas is faster, times", ".2f", False),
              ("direct_ratio", "direct is faster, times", ".2f", False))
# Section, title, title of the names, keys in front of the figures, and columns: metric, title with its
# unit, format, and whether the range follows the median.
TABLES = (
    ("peak", "Peak: fused multiply-adds in registers", "vectors", ("threads", "name"),
     (("gflops", "GFLOP/s", ".1f", True),)),
    ("layers", "Layers, 1 thread, 16 samples a call", "layer", ("name",), (
        ("naive_us", "naive us a sample", ".2f", False), ("blas_us", "blas us a sample", ".2f", True),
        ("blas_ratio", "naive/blas, times", ".1f", False), ("gflops", "blas GFLOP/s", ".1f", False),
        ("peak_percent", "blas % of peak", ".1f", False), ("direct_us", "direct us a sample", ".2f", True),
        ("direct_gflops", "direct GFLOP/s", ".1f", False), ("difference", "relative difference", ".1e", False))),
    ("bound_training", "A training step and its bare products (rows x columns x sum length), 1 thread", "calls",
     ("batch", "contender", "name"), BOUND),
    ("bound_inference", "Inference and its bare products, 1 thread", "calls", ("batch", "contender", "name"), BOUND),
    ("training", "Training steps", "", ("batch", "threads", "contender"), THROUGHPUT),
    ("inference", "Inference", "", ("batch", "threads", "contender"), THROUGHPUT),
    ("latency", "Latency of one image, 1 thread", "", ("contender",), (
        ("p50_us", "p50 us", ".1f", True), ("p99_us", "p99 us", ".1f", True), ("p999_us", "p99.9 us", ".1f", True),
        ("blas_ratio", "blas is faster (p50), times", ".2f", False),
        ("direct_ratio", "direct is faster (p50), times", ".2f", False))),
    ("recipe", "The default recipe on MNIST: to 99.0 % of the test set", "seed", ("threads", "contender", "name"), (
        ("accuracy", "final accuracy %", ".2f", True), ("epochs_to_target", "epochs to 99.0 %", ".1f", True),
        ("seconds_to_target", "seconds to 99.0 %", ".1f", True), ("seconds", "seconds in all", ".1f", True))),
    ("growth", "How the cost of training grows", "what", ("batch", "threads", "name"), (
        ("us", "us a sample", ".2f", True), ("gflops", "GFLOP/s", ".1f", False),
        ("peak_percent", "% of peak", ".1f", False), ("epoch_seconds", "epoch, seconds", ".2f", True))),
)


def over(a, b):
    return a / b if b else math.nan


class Results:
    """cells: (Row, metric) to Cell; notes: Row to text. Both keep the order of the records."""

    def __init__(self, lines):
        values, self.notes = {}, {}
        for number, line in enumerate(lines, 1):
            try:
                self._read(values, **json.loads(line))
            except (ValueError, TypeError):
                raise ValueError(f"line {number} is not a record") from None
        self.cells = {key: Cell(statistics.median(found), min(found), max(found), len(found)) if found else MISSING
                      for key, found in values.items()}
        for row, metric in list(self.cells):
            self._derive(row, metric)

    def _read(self, values, metric="", value=None, text="", **row):
        row = Row(**row)
        if text:
            self.notes[row] = text
            return
        if not metric:
            raise ValueError
        found = values.setdefault((row, metric), [])
        if value is not None:
            found.append(value + 0.0)

    def get(self, row, metric):
        return self.cells.get((row, metric), MISSING)

    def note(self, row):
        return self.notes.get(row, "")

    def fact(self, name):
        return self.note(Row("header", name))

    def _scale(self, row, metric, factor, source):
        """metric = factor * source. The factor, a median, counts as exact: it adds nothing to the range."""
        cell = self.get(row, source)
        if math.isfinite(factor * cell.median):
            self.cells.setdefault((row, metric), Cell(*(factor * value for value in cell[:3]), cell.runs))

    def _divide(self, row, metric, factor, source):
        """metric = factor / source, whose largest value gives the smallest."""
        cell = self.get(row, source)
        values = [over(factor, value) for value in (cell.median, cell.max, cell.min)]
        if math.isfinite(values[0]):
            self.cells.setdefault((row, metric), Cell(*values, cell.runs))

    def _derive_speed(self, row, time):
        """From microseconds a sample: 10^9 operations a second, and their share of the peak."""
        peak = next((cell.median for (other, _), cell in self.cells.items()
                     if other.section == "peak" and other.threads == max(row.threads, 1)), math.nan)
        self._divide(row, "gflops", 1e-3 * self.get(row, "flops").median, time)
        self._scale(row, "peak_percent", over(100, peak), "gflops")

    def _derive_mean(self, row, metric):
        """Over a contender's seeds; none if a seed has no figure, because the others' mean would flatter."""
        cells = [cell for (other, name), cell in self.cells.items()
                 if name == metric and other._replace(name=row.name) == row]
        mean = MISSING if any(math.isnan(cell.median) for cell in cells) else \
            Cell(sum(cell.median for cell in cells) / len(cells), min(cell.min for cell in cells),
                 max(cell.max for cell in cells), len(cells))
        self.cells.setdefault((row._replace(name="mean of seeds"), metric), mean)

    def _derive(self, row, metric):
        if metric in ("us", "blas_us"):
            self._derive_speed(row, metric)
        if metric == "blas_us":
            self._divide(row, "blas_ratio", self.get(row, "naive_us").median, metric)
        if metric == "direct_us":
            self._divide(row, "direct_gflops", 1e-3 * self.get(row, "flops").median, metric)
        for ours in ("blas", "direct"):  # how many times as fast each is as this contender
            reference = self.get(row._replace(contender=ours), metric).median
            if metric == "samples_per_second":
                self._divide(row, f"{ours}_ratio", reference, metric)
            elif metric == "p50_us":
                self._scale(row, f"{ours}_ratio", over(1, reference), metric)
        if row.section == "recipe" and row.name:
            self._derive_mean(row, metric)
        if row.section.startswith("bound") and row.name == "whole":
            bare = self.get(row._replace(name="bare products"), "us").median
            self._scale(row, "overhead", over(1, bare), "us")


def format_cell(cell, form, with_range):
    if math.isnan(cell.median):
        return "-"
    median, least, most = (format(value, form) for value in cell[:3])
    return f"{median} ({least}-{most})" if with_range and cell.runs > 1 else median


def make_lines(results, section, name_title, keys, columns):
    """A table's lines, the titles first, the note last; rows in the records' order."""
    rows = [row for row in dict.fromkeys([row for row, _ in results.cells] + list(results.notes))
            if row.section == section]
    titles = [name_title if key == "name" else key for key in keys] + [column[1] for column in columns]
    return [titles + ["note" if any(map(results.note, rows)) else ""]] + [
        [str(getattr(row, key) or ("-" if key in ("batch", "threads") else "")) for key in keys] +
        [format_cell(results.get(row, metric), *style) for metric, _, *style in columns] +
        [results.note(row)] for row in rows]


def tables(results, markdown):
    facts = {row.name: text for row, text in results.notes.items() if row.section == "header"}
    out = ["# Benchmarks\n"] if markdown else []
    out += [f"- {name}: {text}" if markdown else f"{name:<9} {text}" for name, text in facts.items()]
    for section, title, name_title, keys, columns in TABLES:
        lines, left = make_lines(results, section, name_title, keys, columns), len(keys)
        if len(lines) == 1:
            continue
        out.append(f"\n## {title}\n" if markdown else f"\n{title}")
        if markdown:
            count = left + len(columns) + (lines[0][-1] == "note")
            rule = ["---"] * left + ["---:"] * len(columns) + ["---"]
            rows = ["| " + " | ".join(line[:count]) + " |" for line in lines]
            out += [rows[0], "|" + "|".join(rule[:count]) + "|", *rows[1:]]
            continue
        widths = [max(map(len, column)) for column in zip(*lines)][:-1]
        out += ["  ".join(text.ljust(width) if i < left else text.rjust(width)
                          for i, (text, width) in enumerate(zip(line, widths))) + (line[-1] and f"  {line[-1]}")
                for line in lines]
    return "\n".join(out) + "\n"


def to_csv(results):
    def line(row, metric, cell, note):
        quoted = ['"' + text.replace('"', '""') + '"' for text in (row.section, row.name, row.contender, metric, note)]
        numbers = [f"{value:.6g}" if math.isfinite(value) else "-" for value in cell[:3]]
        return ",".join([*quoted[:2], str(row.batch or ""), str(row.threads or ""), *quoted[2:4], *numbers, quoted[4],
                         str(cell.runs)])

    return "\n".join(["section,name,batch,threads,contender,metric,median,min,max,note,runs"] +
                     [line(row, metric, cell, "") for (row, metric), cell in results.cells.items()] +
                     [line(row, "", MISSING, text) for row, text in results.notes.items()]) + "\n"


def to_json(results):
    def fields(row):
        return {**row._asdict(), "batch": row.batch or None, "threads": row.threads or None}

    def numbers(cell):
        return {key: float(f"{value:.6g}") if math.isfinite(value) else None for key, value in cell._asdict().items()}

    notes = {row: text for row, text in results.notes.items() if row.section != "header"}
    document = {"header": {row.name: text for row, text in results.notes.items() if row not in notes},
                "results": [{**fields(row), "metric": metric, **numbers(cell), "runs": cell.runs}
                            for (row, metric), cell in results.cells.items()],
                "notes": [{**fields(row), "note": text} for row, text in notes.items()]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def parse_arguments():
    class Parser(argparse.ArgumentParser):
        def error(self, message):
            self.print_usage(sys.stderr)
            self.exit(64, f"{self.prog}: {message}\n")

    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", dest="format", choices=FORMATS, default="table", help="format of standard output")
    parser.add_argument("--out", type=pathlib.Path, help="also write " + ", ".join(FILES) + " to this directory")
    parser.add_argument("file", type=pathlib.Path, help="the records, one JSON object a line")
    return parser.parse_args()


FORMATS = {"table": lambda results: tables(results, False), "md": lambda results: tables(results, True), "csv": to_csv,
           "json": to_json}
FILES = {"results.json": to_json, "results.md": FORMATS["md"], "training.svg": charts.training,
         "layers.svg": charts.layers}


def main():
    args = parse_arguments()
    try:
        results = Results(args.file.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        print(f"report.py: {args.file}: {error}", file=sys.stderr)
        return 65
    try:
        sys.stdout.write(FORMATS[args.format](results))
        for name, write in FILES.items() if args.out else ():
            (args.out / name).write_text(write(results), encoding="utf-8")
    except OSError as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 74
    return 0


if __name__ == "__main__":
    sys.exit(main())
