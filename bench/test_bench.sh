#!/bin/bash
# Checks the figures, tables, files and charts that report.py and charts.py make from known records, and that the
# measuring programs measure. Arguments: the directory of this script, and that of the programs.
set -euo pipefail
source=$1 programs=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "FAILED: $1" >&2
    failures=$((failures + 1))
}
# A line of the file matches the pattern; a blank of it matches one blank or more.
has() { # WHAT FILE PATTERN
    grep -Eq -- "${3// / +}" "$2" || fail "$1: no line matches '$3' in $2: $(cat "$2")"
}
status_of() { # COMMAND...; its status, with the output in $work/out and $work/err
    local status=0
    "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    echo "$status"
}

report() { python3 -B "$source/report.py" "$@"; }
chart() { python3 -B "$source/charts.py" "$@"; }
mkdir "$work/files"
report -o table --out "$work/files" "$source/fixture.jsonl" >"$work/table"
report -o md "$source/fixture.jsonl" >"$work/md"
report -o csv "$source/fixture.jsonl" >"$work/csv"
report -o json "$source/fixture.jsonl" >"$work/json"

has 'medians, ratio, speed and share' "$work/table" \
    '^C1 6@5x5 forward 100\.00 4\.00 \(2\.00-5\.00\) 25\.0 50\.0 50\.0 2\.00 100\.0 1\.0e-07$'
has 'an even number of runs' "$work/table" '^64 1 blas 46000 \(45000-47000\) 1\.00 2\.00'
has 'a contender that is slower' "$work/table" '^64 1 naive 910 \(900-920\) 50\.55 101\.10'
has 'a contender that is missing' "$work/table" '^64 1 PyTorch - - - not measured: no PyTorch here$'
has 'overhead over the bare calls' "$work/table" '^64 blas whole - 40\.00 50\.0 50\.0 1\.60$'
has 'a mean over seeds' "$work/table" '^2 blas mean of seeds 99\.00 \(98\.80-99\.20\) - '
has 'a seed that never got there' "$work/table" '^2 blas seed 2 98\.80 - - - 99\.0 % was not reached$'
grep -q 'PyTorch.*mean' "$work/table" && fail 'a mean of what was not measured'
has 'Markdown' "$work/md" '^\| 64 \| 1 \| PyTorch \| - \| - \| - \| not measured: no PyTorch here \|$'
has 'the header' "$work/md" '^- commit: 0123abc$'
has 'the command in the header' "$work/table" '^command bench/run_bench\.sh --quick$'
has 'units' "$work/table" '^layer naive us a sample blas us a sample naive/blas, times blas GFLOP/s '
has 'a missing cell in CSV' "$work/csv" \
    '^"training","",64,1,"PyTorch","samples_per_second",-,-,-,"",0$'
has 'the range of a derived cell' "$work/csv" '^"layers","C1 6@5x5 forward",16,,"","gflops",50,40,100,"",3$'
cmp -s "$work/json" "$work/files/results.json" || fail 'results.json is not what -o json prints'
cmp -s "$work/md" "$work/files/results.md" || fail 'results.md is not what -o md prints'

python3 - "$work/csv" "$work/json" <<'END' || fail 'CSV and JSON do not agree'
import csv, json, sys
with open(sys.argv[1], newline="") as file:
    rows = [row for row in csv.DictReader(file) if row["metric"]]
with open(sys.argv[2]) as file:
    document = json.load(file)
number = lambda text: None if text in ("", "-") else float(text)
assert document["header"]["cpu"] == 'A CPU <1 & "2">, 2 CPUs', document["header"]
assert len(rows) == len(document["results"]) > 20, len(rows)
for row, cell in zip(rows, document["results"]):
    for key, value in row.items():
        if key in ("batch", "threads", "median", "min", "max", "runs"):
            assert number(value) == cell[key], (key, row, cell)
        elif key != "note":
            assert value == cell[key], (key, row, cell)
missing = [c for c in document["results"] if c["contender"] == "PyTorch"]
assert missing and all(c["median"] is None for c in missing), missing
END

for picture in training layers; do
    svg=$work/files/$picture.svg
    if command -v xmllint >/dev/null; then
        xmllint --noout "$svg" || fail "$picture.svg is not well-formed"
    fi
    [ "$(grep -cE '^<svg |^</svg>$' "$svg") $(tail -n 1 "$svg")" = '2 </svg>' ] ||
        fail "$picture.svg is not one svg element"
    has 'names are escaped' "$svg" 'A CPU &lt;1 &amp; "2"&gt;, 2 CPUs'
done
has 'the training chart' "$work/files/training.svg" '>46,000<'
has 'the layers chart' "$work/files/layers.svg" '>50 %<'

echo '{"section":"training","value":1}' >"$work/broken"
[ "$(status_of report "$work/broken")" = 65 ] || fail 'a line that is no record'
[ "$(status_of report -o pdf "$work/broken")" = 64 ] || fail 'an unknown format'

[ "$(status_of "$source/run_bench.sh" --help)" = 0 ] || fail '--help'
has '--help' "$work/out" '^Usage: bench/run_bench\.sh'
mkdir "$work/bin"
ln -s "$(command -v bash)" "$(command -v nproc)" "$work/bin"
[ "$(status_of env PATH="$work/bin" bash "$source/run_bench.sh")" = 69 ] || fail 'status without python3'
has 'without python3' "$work/err" 'python3 is missing'
for arguments in --fast '-o pdf' '-r 0' '--threads 1,x' '--batch'; do
    # shellcheck disable=SC2086 # words
    [ "$(status_of "$source/run_bench.sh" $arguments)" = 64 ] || fail "status of $arguments"
    has "$arguments" "$work/err" '^Usage: '
    [ -s "$work/out" ] && fail "$arguments prints results"
done

for job in 'train blas 32 1' 'train naive 16 2' 'train direct 32 2' 'infer blas 64 1'; do
    # shellcheck disable=SC2086
    printf 'go\ngo\n' | "$programs/bench-race" $job 0.05 >"$work/race"
    [ "$(grep -cE '^[1-9][0-9]*\.[0-9]$' "$work/race")" = 2 ] || fail "two answers of $job"
done
echo go | "$programs/bench-race" latency blas 1 1 0.05 >"$work/race"
awk '!($1 > 0 && $1 <= $2 && $2 <= $3) { exit 1 }' "$work/race" || fail 'percentiles in order'
[ "$(status_of "$programs/bench-race" train blas 0 1 1)" = 64 ] || fail 'a batch of 0'

# The recorded products account for each operation of a step. Times depend on the machine and are not checked.
for backend in blas direct; do "$programs/bench-bound" 1 0.05 "$backend"; done >"$work/bound"
report -o csv "$work/bound" | tr -d '"' | awk -F, '
    $1 ~ /^bound/ && $6 == "flops" { flops[$1, $5, $2] = $7 }
    $1 ~ /^bound/ && $6 == "overhead" { overheads++; if (!($7 > 0)) bad = 1 }
    END {
        for (job = 1; job <= 4; job++) {
            row = (job % 2 ? "bound_training" : "bound_inference") SUBSEP (job > 2 ? "direct" : "blas")
            if (!flops[row, "whole"] || flops[row, "whole"] != flops[row, "bare products"])
                bad = 1
        }
        exit bad || overheads != 4
    }' || fail "the bound: $(cat "$work/bound")"

# A chart of two runs shows their mean; runs without errors, or of another length, are rejected.
printf 'epoch,train_error,test_error\n1,0.25,0.5\n2,0.125,0.25\n' >"$work/run1.csv"
printf 'epoch,train_error,test_error\n1,0.75,1\n2,0.375,0.5\n' >"$work/run2.csv"
printf 'epoch,train_error,test_error\n1,0.5,0.75\n2,0.25,0.375\n' >"$work/mean.csv"
printf 'epoch,train_loss\n1,0.5\n2,0.25\n' >"$work/unwatched.csv"
head -n 2 "$work/run1.csv" >"$work/short.csv"
chart Errors "$work/run1.csv" "$work/run2.csv" >"$work/runs.svg"
chart Errors "$work/mean.csv" >"$work/mean.svg"
chart Errors "$work/run1.csv" >"$work/run1.svg"
has 'the axis of errors' "$work/mean.svg" '>80 %<'
has 'the mean errors' "$work/mean.svg" 'class="train" d="M62\.0 160\.0L512\.0 256\.7"'
cmp -s "$work/runs.svg" "$work/mean.svg" || fail 'the mean of two runs'
cmp -s "$work/runs.svg" "$work/run1.svg" && fail 'a chart that does not depend on the second run'
for file in unwatched missing short; do
    [ "$(status_of chart Errors "$work/run1.csv" "$work/$file.csv")" = 65 ] ||
        fail "a chart of $file.csv"
    has "$file.csv" "$work/err" "$file.csv"
done

[ "$failures" = 0 ] || exit 1
echo 'bench: all right'
