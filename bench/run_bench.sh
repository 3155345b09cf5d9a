#!/bin/bash
# How fast it is, and against what:
#   - every layer, forward and backward, naive against blas, with their numerical difference;
#   - whole training steps, naive, blas and (--peers) PyTorch, taking turns in one run.
# Medians over alternating rounds, with the range; times are per sample.
set -euo pipefail

usage() {
    cat <<EOF
Usage: bench/run_bench.sh [OPTION]...
  --quick          fewer and shorter rounds
  -r RUNS          rounds of every measurement (default 7; 3 when quick)
  --batch LIST     batch sizes, such as 32,64,128 (default 64)
  --threads LIST   numbers of threads (default 1 and as many as there are CPUs)
  --peers          also PyTorch (Debian: python3-torch)
  --help           this text
EOF
}

runs='' quick='' peers='' batches=64 seconds=1
cpus=$(nproc)
threads=1
[ "$cpus" -gt 1 ] && threads=1,$cpus
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=yes ;;
    -r) runs=${2:?}; shift ;;
    --batch) batches=${2:?}; shift ;;
    --threads) threads=${2:?}; shift ;;
    --peers) peers=yes ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
    esac
    shift
done
[ -n "$quick" ] && seconds=0.3
: "${runs:=${quick:+3}}" "${runs:=7}"

# As the tools do, and for every contender: OpenMP's threads spin only briefly while they wait. It serves
# PyTorch too (8,000 to 10,000 samples/s on two threads without, 11,000 to 16,000 with it).
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}

cd "$(dirname "$0")/.."
build=${BUILD:-build-bench}
[ -f "$build/build.ninja" ] || meson setup "$build" -Dbench=enabled >&2
meson compile -C "$build" >&2

python=''
if [ -n "$peers" ]; then
    for candidate in /usr/bin/python3 python3; do
        "$candidate" -c 'import torch' 2>/dev/null && python=$candidate && break
    done
    [ -n "$python" ] || echo 'PyTorch is not installed (Debian: python3-torch): not measured' >&2
fi

echo "machine: $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $cpus CPUs"
"$build/tools/lenet5-train" --version | sed 's/^/         /'
[ -z "${OPENBLAS_CORETYPE-}" ] || echo "         (kernels forced by OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE)"
echo "commit:  $(git describe --always --dirty 2>/dev/null || echo unknown)"
echo
echo 'Layers, microseconds per sample on one thread (16 samples a call):'
"$build/bench/bench-layers" "$runs"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Contenders read "go" lines and answer with one number each; entry i talks through descriptors in[i]
# and out[i], which stay open as long as it is in the race.
names=() in=() out=()
enter() { # NAME COMMAND...
    local i=${#names[@]} name=$1 from to
    shift
    mkfifo "$work/in$i" "$work/out$i"
    "$@" <"$work/in$i" >"$work/out$i" &
    exec {to}>"$work/in$i" {from}<"$work/out$i"
    names+=("$name") in+=("$to") out+=("$from")
}
round() { # INDEX; one interval, its samples per second
    local answer
    echo go >&"${in[$1]}"
    read -r answer <&"${out[$1]}"
    sed 's/.*"samples_per_second": *//; s/[^0-9.].*//' <<<"$answer"
}
leave() {
    local i
    for i in "${!names[@]}"; do
        eval "exec ${in[$i]}>&- ${out[$i]}<&-"
        rm -f "$work/in$i" "$work/out$i"
    done
    wait
    names=() in=() out=()
}
statistics() { # FILE; median, smallest and largest
    sort -g "$1" | awk '{ v[NR] = $1 }
        END { printf "%.0f %.0f %.0f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR] }'
}

echo
echo "Training steps, samples per second: median of $runs alternating rounds of $seconds s (range):"
for batch in ${batches//,/ }; do
    for count in ${threads//,/ }; do
        enter naive "$build/bench/bench-training" naive "$batch" "$count" "$seconds"
        enter blas "$build/bench/bench-training" blas "$batch" "$count" "$seconds"
        if [ -n "$python" ]; then
            for variant in nchw channels_last; do
                enter "PyTorch $variant" "$python" bench/peer_pytorch.py --batch "$batch" \
                    --threads "$count" --seconds "$seconds" --variant "$variant" --wait
            done
        fi
        for i in "${!names[@]}"; do
            round "$i" >/dev/null # loading and warming up
            : >"$work/$i"
        done
        for ((r = 0; r < runs; r++)); do
            for i in "${!names[@]}"; do
                round "$i" >>"$work/$i"
            done
            printf '\rbatch %s, %s threads: round %s of %s ' "$batch" "$count" $((r + 1)) "$runs" >&2
        done
        printf '\r%60s\r' '' >&2
        read -r blas _ <<<"$(statistics "$work/1")"
        for i in "${!names[@]}"; do
            read -r median least most <<<"$(statistics "$work/$i")"
            printf 'batch %-5s threads %-3s %-22s %8s (%s-%s)   blas is %5.1fx\n' "$batch" "$count" \
                "${names[$i]}" "$median" "$least" "$most" \
                "$(awk "BEGIN { print $blas / $median }")"
        done
        leave
    done
done
