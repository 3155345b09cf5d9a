#!/usr/bin/env python3
"""Charts as SVG, with colours for light and dark pages: bars of a benchmark run, and curves of training runs.

    bench/charts.py TITLE HISTORY.csv... >FILE.svg

draws the training and test error of every epoch, averaged over runs of lenet5-train --watch --history.
docs/lecun1998.md has the commands for its charts.
"""
import csv
import math
import sys
from xml.sax.saxutils import escape

WIDTH, MARGIN = 860, 28
LEFT, SPAN = 210, 470  # the bars' start and longest length; labels follow the bar
TOP, BOTTOM = 92, 92  # title above, axis and small print below
BATCH = 32  # of the training chart if it was measured: that of the default recipe

BAR_STYLE = """<style>
  text { font-family: system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; font-size: 14px; fill: #1f2328; \
paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
  .title { font-size: 20px; font-weight: 600 }
  .group { font-weight: 600 }
  .end { text-anchor: end }
  .middle { text-anchor: middle }
  .quiet { font-size: 12px; fill: #59636e }
  .card { fill: #ffffff; stroke: #d1d9e0 }
  .line { stroke: #d1d9e0 }
  .range { stroke: #1f2328; stroke-opacity: 0.55; stroke-width: 1.5 }
  .ours { fill: #1f6feb }
  .ours2 { fill: #8250df }
  .peer { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; stroke: #0d1117 }
    .quiet { fill: #9198a1 }
    .card { fill: #0d1117; stroke: #3d444d }
    .line { stroke: #3d444d }
    .range { stroke: #f0f6fc }
    .ours { fill: #4493f8 }
    .ours2 { fill: #ab7df8 }
    .peer { fill: #656c76 }
  }
</style>
"""
# Okabe and Ito's colours, which people with any colour vision can tell apart; as in tools/report/plots.c.
CURVE_STYLE = """<style>
  text { font: 12px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .end { text-anchor: end }
  .middle { text-anchor: middle }
  .quiet { fill: #59636e }
  .card { fill: #ffffff }
  .line { stroke: #d1d9e0 }
  .train { stroke: #0072b2; fill: none; stroke-width: 2 }
  .test { stroke: #d55e00; fill: none; stroke-width: 2; stroke-dasharray: 6 4 }
  circle.train { fill: #0072b2 }
  circle.test { fill: #d55e00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .card { fill: #0d1117 }
    .line { stroke: #3d444d }
    .train { stroke: #56b4e9 } circle.train { fill: #56b4e9 }
    .test { stroke: #ff9d45 } circle.test { fill: #ff9d45 }
  }
</style>
"""


def make_text(x, y, kind, text):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>\n'


def make_svg(width, height, title, style, radius, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0f}" '
            f'viewBox="0 0 {width} {height:.0f}" role="img">\n<title>{escape(title)}</title>\n{style}'
            f'<rect class="card" x="0.5" y="0.5" width="{width - 1}" height="{height - 1:.0f}" rx="{radius}"/>\n'
            f"{body}</svg>\n")


def nice_step(length, most):
    """1, 2 or 5 times a power of ten, so that about that many steps make the length."""
    power = 10 ** math.floor(math.log10(length / most))
    return power * next(times for times in (1, 2, 5, 10) if length / most / power <= times)


def make_bar_chart(results, height, title, subtitle, largest, step, unit, body):
    out = make_text(MARGIN, 42, "title", title) + make_text(MARGIN, 66, "quiet", subtitle)
    whole = TOP + height + BOTTOM
    out += make_text(MARGIN, whole - 36, "quiet", f'{results.fact("cpu")} · {results.fact("blas")}')
    out += make_text(MARGIN, whole - 18, "quiet", f'Medians of {results.fact("runs")} alternating runs, lines from the '
                     f'smallest to the largest · {results.fact("date")} · commit {results.fact("commit")}')
    for i in range(round(largest / step) + 1):
        x = LEFT + SPAN * i * step / largest
        out += f'<path class="line" d="M{x:.1f} {TOP - 4} V{TOP + height:.1f}"/>\n'
        out += make_text(x, TOP + height + 18, "quiet middle", f"{i * step:,.0f}{unit}")
    return make_svg(WIDTH, whole, title, BAR_STYLE, 8, out + body)


def make_bar(y, thick, kind, cell, largest):
    scale, middle = SPAN / largest, y + thick / 2
    out = (f'<rect class="{kind}" x="{LEFT}" y="{y:.1f}" width="{max(scale * cell.median, 1):.1f}" '
           f'height="{thick:.1f}" rx="2"/>\n')
    if scale * (cell.max - cell.min) >= 1:
        out += (f'<path class="range" d="M{LEFT + scale * cell.min:.1f} {middle:.1f} '
                f'H{LEFT + scale * cell.max:.1f}"/>\n')
    return out


def label_start(cell, largest):
    return LEFT + SPAN * cell.max / largest + 8


def training(results):
    """Samples per second of every contender, at the fewest and at the most threads."""
    bars = [(row, cell) for (row, metric), cell in results.cells.items()
            if row.section == "training" and metric == "samples_per_second" and cell.runs]
    bars.sort(key=lambda bar: -bar[1].median)
    batches = {row.batch for row, _ in bars}
    batch = BATCH if BATCH in batches or not bars else bars[0][0].batch
    threads = sorted({row.threads for row, _ in bars if row.batch == batch})
    groups = [[bar for bar in bars if (bar[0].batch, bar[0].threads) == (batch, count)]
              for count in sorted({*threads[:1], *threads[-1:]})]
    largest = max((cell.max for group in groups for _, cell in group), default=1)
    step = nice_step(largest, 6)
    largest = step * math.ceil(largest / step)
    body, y = "", TOP
    for group in groups:
        count = group[0][0].threads
        body += make_text(MARGIN, y + 18, "group", f"{count} thread" + "s" * (count > 1))
        for row, cell in group:
            fast, number, x = row.contender in ("blas", "direct"), f"{cell.median:,.0f}", label_start(cell, largest)
            ours = "lenet5, " if fast or row.contender == "naive" else ""
            body += make_text(LEFT - 10, y + 45, "end", ours + row.contender)
            body += make_bar(y + 30, 20, "ours" if fast else "peer", cell, largest)
            body += make_text(x, y + 45, "group", number)
            ratio = results.get(row, "blas_ratio").median
            if not fast and math.isfinite(ratio):
                body += make_text(x + 8.2 * len(number) + 8, y + 45, "quiet", f"blas is {ratio:.1f}x as fast")
            y += 30
        y += 34
    return make_bar_chart(results, y - TOP, "Training LeNet-5",
                          f"Samples per second in whole training steps, batch {batch}: more is better",
                          largest, step, "", body)


def make_share(y, thick, kind, cell):
    return make_bar(y, thick, kind, cell, 100) + \
        make_text(label_start(cell, 100), y + thick / 2 + 4, "quiet", f"{cell.median:.0f} %")


def layers(results):
    """Shares of the peak: layers that multiply, forward and backward, then the totals of the bound."""
    body, y = "", TOP
    for x, kind, label in ((WIDTH - 230, "ours", "forward"), (WIDTH - 130, "ours2", "backward")):
        body += f'<rect class="{kind}" x="{x}" y="55" width="12" height="12" rx="2"/>\n'
        body += make_text(x + 18, 66, "quiet", label)
    shares = {row: cell for (row, metric), cell in results.cells.items() if metric == "peak_percent"}
    for row, cell in shares.items():
        if row.section != "layers" or not row.name.endswith(" forward"):
            continue
        name = row.name[:-len(" forward")]
        body += make_text(LEFT - 10, y + 19, "end", name) + make_share(y, 13, "ours", cell)
        backward = shares.get(row._replace(name=name + " backward"))
        body += make_share(y + 14, 13, "ours2", backward) if backward else ""
        y += 36
    y += 12
    for job in ("training", "inference"):
        for name, label in (("bare products", "its SGEMM"), ("whole", "all of it")):
            for row, cell in shares.items():
                if (row.section, row.name, row.contender) == (f"bound_{job}", name, "blas"):
                    body += make_text(LEFT - 10, y + 15, "end", f"{job}: {label}") + make_share(y, 20, "peer", cell)
                    y += 30
    return make_bar_chart(results, y - TOP, "Layers against the peak",
                          "Share of the processor's fused multiply-adds per second, blas on one thread",
                          100, 20, " %", body)


def read_errors(path):
    """(train, test) errors of every epoch, which --watch adds to a history; nothing where they cannot be read."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return [tuple(float(row[key] or "nan") for key in ("train_error", "test_error"))
                    for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def curves(title, runs):
    width, height, left, right, top, bottom = 530, 320, 62, 18, 44, 44
    count = len(runs[0])
    means = [[sum(run[i][k] for run in runs) / len(runs) for i in range(count)] for k in range(2)]
    values = [value for mean in means for value in mean if math.isfinite(value)] or [0, 1]
    step = nice_step(max(max(values) - min(values), 1e-6), 5)
    low, high = step * math.floor(min(values) / step), step * math.ceil(max(values) / step)
    high += step * (high == low)

    def x_of(i):
        return left + (width - left - right) * (i / (count - 1) if count > 1 else 0.5)

    def y_of(value):
        return height - bottom - (height - bottom - top) * (value - low) / (high - low)

    out = make_text(left, 24, "title", title)
    digits = max(0, math.ceil(-math.log10(100 * step) - 1e-9))
    for i in range(round((high - low) / step) + 1):
        y = y_of(low + i * step)
        out += f'<path class="line" d="M{left} {y:.1f}H{width - right}"/>\n'
        out += make_text(left - 8, y + 4, "end quiet", f"{100 * (low + i * step):.{digits}f} %")
    every = math.ceil(nice_step(count, 5)) if count > 10 else 1
    for i in range(count):
        if i == 0 or (i + 1) % every == 0:
            out += make_text(x_of(i), height - bottom + 18, "middle quiet", str(i + 1))
    out += make_text((left + width - right) / 2, height - 8, "middle quiet", "epoch")
    x = width - right
    for name, mean in (("test", means[1]), ("train", means[0])):
        points, path, command = [], "", "M"
        for i, value in enumerate(mean):  # a missing value interrupts the line
            if math.isfinite(value):
                points.append((x_of(i), y_of(value)))
                path += "{}{:.1f} {:.1f}".format(command, *points[-1])
            command = "L" if math.isfinite(value) else "M"
        out += f'<path class="{name}" d="{path}"/>\n'
        if count <= 60:
            out += "".join(f'<circle class="{name}" cx="{px:.1f}" cy="{py:.1f}" r="3"/>\n' for px, py in points)
        out += make_text(x, 24, "end", name) + f'<path class="{name}" d="M{x - 7 * len(name) - 34:.1f} 20h26"/>\n'
        x -= 7 * len(name) + 54
    return make_svg(width, height, title, CURVE_STYLE, 0, out)


def main():
    if len(sys.argv) < 3:
        print("Usage: bench/charts.py TITLE HISTORY.csv... >FILE.svg", file=sys.stderr)
        return 64
    runs = []
    for path in sys.argv[2:]:
        runs.append(read_errors(path))
        expected = len(runs[0])
        if not runs[-1] or len(runs[-1]) != expected:
            print(f"charts.py: {path}: {len(runs[-1])} epochs with errors, expected {expected or 'at least 1'}; "
                  "train with --watch", file=sys.stderr)
            return 65
    sys.stdout.write('<?xml version="1.0" encoding="UTF-8"?>\n' + curves(sys.argv[1], runs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
