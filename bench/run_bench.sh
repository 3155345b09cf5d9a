#!/bin/bash
# Usage: bench/run_bench.sh [OPTION]...
# Measures the speed of training and inference, and prints a report:
#   - peak: the most multiply-adds per second that this CPU computes;
#   - layers: each layer, forward and backward, naive against blas and direct, with their numerical difference;
#   - bound: a training step and an inference against the same matrix products alone;
#   - races: training, inference and the latency of one image; the contenders alternate;
#   - growth: cost against samples, batch, threads, feature maps and image size;
#   - recipe: time and epochs to 99.0 % on MNIST with the default recipe (LENET5_DATA).
# Every figure is the median over alternating rounds, with its range. The report goes to stdout, progress to stderr.
#   --quick           fewer and shorter rounds: about two minutes, five with --peers
#   -r RUNS           rounds of each measurement (default 7; 3 with --quick)
#   -o FORMAT         format of the report: table, md, csv or json (default table)
#   --batch LIST      batch sizes (default 32,64,128 in training, 64,1024 in inference; with --quick 64 in training)
#   --threads LIST    numbers of threads (default: 1, and the number of CPUs)
#   --peers           also measure PyTorch and oneDNN (Debian: python3-torch, libdnnl-dev)
#   --out DIR         also write results.json, results.md, training.svg and layers.svg to DIR, and
#                     each measured value to results.jsonl
#   --help            print this text
# LENET5_DATA names the directory with MNIST; without it the recipe is skipped.
# BUILD names the build directory (default build-bench).
set -euo pipefail

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
refuse() {
    echo "run_bench.sh: $1" >&2
    usage >&2
    exit 64
}
value() { # EXPECTED PATTERN OPTION VALUE...
    [[ $4 =~ ^($2)$ ]] || refuse "$3: expected $1, found '$4'"
}

command="bench/run_bench.sh${*:+ $*}"
runs='' quick='' peers='' batches='' out='' format=table
cpus=$(nproc)
threads=1
[ "$cpus" -gt 1 ] && threads=1,$cpus
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=yes; shift; continue ;;
    --peers) peers=yes; shift; continue ;;
    --help) usage; exit 0 ;;
    -r | -o | --batch | --threads | --out) [ $# -ge 2 ] || refuse "$1 needs a value" ;;
    *) refuse "no option '$1'" ;;
    esac
    case $1 in
    -r) value 'a number above 0' '[1-9][0-9]{0,4}' "$@"; runs=$2 ;;
    -o) value 'table, md, csv or json' 'table|md|csv|json' "$@"; format=$2 ;;
    --batch) value 'numbers such as 32,64' '[1-9][0-9]{0,4}(,[1-9][0-9]{0,4})*' "$@"; batches=$2 ;;
    --threads) value 'numbers such as 1,2' '[1-9][0-9]{0,4}(,[1-9][0-9]{0,4})*' "$@"; threads=$2 ;;
    --out) out=$2 ;;
    esac
    shift 2
done
if ! command -v python3 >/dev/null; then
    echo 'run_bench.sh: python3 is missing (Debian: python3); the report needs it' >&2
    exit 69
fi
: "${runs:=${quick:+3}}" "${runs:=7}"
if [ -n "$quick" ]; then
    seconds=0.3 short=0.1 samples=12000 seeds=1
    training_batches=${batches:-64} inference_batches=${batches:-64,1024}
else
    seconds=1 short=0.3 samples=60000 seeds=3
    training_batches=${batches:-32,64,128} inference_batches=${batches:-64,1024}
fi
threads=${threads//,/ }
most=1
for count in $threads; do [ "$count" -le "$most" ] || most=$count; done

# As in the tools, OpenMP's waiting threads spin only briefly; here in each contender. PyTorch gains too: on two
# threads it reaches 11,000 to 16,000 samples/s, and 8,000 to 10,000 without.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}

data=${LENET5_DATA-}
[ -z "$data" ] || data=$(realpath -- "$data")
[ -z "$out" ] || { mkdir -p -- "$out"; out=$(realpath -- "$out"); }
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${BUILD:-build-bench}
[ -f "$build/build.ninja" ] || meson setup "$build" -Dbench=enabled >&2
meson compile -C "$build" >&2

# Also as in the tools: name the kernels for OpenBLAS, which may not know this CPU.
forced=${OPENBLAS_CORETYPE-}
version=$("$build/tools/lenet5-train" --version)
OPENBLAS_CORETYPE=${forced:-$(awk '$1 == "kernels" { print $2 }' <<<"$version")}
export OPENBLAS_CORETYPE

# When this script ends for any reason, the programs it started end too.
work=$(mktemp -d)
results=$work/results.jsonl
pids=()
cleanup() {
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap '' PIPE # a contender that died leaves a missing figure; the benchmark continues

say() { printf '\r%-70s' "$1" >&2; }
escape() { sed 's/[\\"]/\\&/g; s/[[:cntrl:]]/ /g' <<<"$1"; }
fact() { printf '{"section":"header","name":"%s","text":"%s"}\n' "$1" "$(escape "$2")" >>"$results"; }
# Runs a program that prints records. It runs in the background, so that a signal ends this script at once.
measure() {
    local status=0
    "$@" >>"$results" &
    pids=($!)
    wait $! || status=$?
    pids=()
    return $status
}

# Records that a contender has no figures, and the reason.
absent() { # SECTION BATCH THREADS CONTENDER METRIC REASON
    local row="\"section\":\"$1\",\"batch\":$2,\"threads\":$3,\"contender\":\"$4\""
    printf '{%s,"metric":"%s","value":null}\n{%s,"text":"not measured: %s"}\n' \
        "$row" "$5" "$row" "$(escape "$6")" >>"$results"
}

python='' onednn='' no_pytorch='' no_onednn=''
if [ -n "$peers" ]; then
    for candidate in /usr/bin/python3 python3; do
        "$candidate" -c 'import torch' 2>/dev/null && python=$candidate && break
    done
    [ -n "$python" ] || no_pytorch='no PyTorch here (Debian: python3-torch)'
    onednn=$build/bench/bench-onednn
    [ -x "$onednn" ] || onednn='' no_onednn='no oneDNN when this was built (Debian: libdnnl-dev)'
fi

describe_machine() {
    local cpu flags vectors='' blas
    cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
    flags=" $(sed -n 's/^\(flags\|Features\)[[:space:]]*: //p' /proc/cpuinfo | head -n 1) "
    for flag in sse4_2 avx f16c avx2 fma avx512f avx512dq avx512bw avx512vl avx512_vnni avx512_bf16 \
        amx_tile asimd sve; do
        case $flags in *" $flag "*) vectors+="$flag " ;; esac
    done
    blas=$(awk '$1 == "BLAS" { name = $2 " " $3 } $1 == "kernels" { core = $2 } $1 == "parallel" { kind = $2 }
                END { print name ", " core " kernels, " kind }' <<<"$version")
    case $blas in
    *serial) # several threads would get wrong products from it; the library rejects them
        echo 'run_bench.sh: this OpenBLAS is serial, so only one thread is measured' >&2
        threads=1 most=1 ;;
    esac
    [ -z "$forced" ] || blas+=" (forced by OPENBLAS_CORETYPE=$forced)"
    fact date "$(date -u '+%Y-%m-%d %H:%M UTC')"
    fact commit "$(git describe --always --dirty 2>/dev/null || echo unknown)"
    fact version "lenet5 $(awk 'NR == 1 { print $2 }' <<<"$version")"
    fact command "$command"
    fact machine "$(uname -srm), $(awk '$1 == "MemTotal:" { printf "%.0f GiB memory", $2 / 1048576 }' /proc/meminfo)"
    fact cpu "${cpu:-$(uname -m)}, $cpus CPUs"
    fact vectors "${vectors% }"
    fact blas "$blas"
    fact runs "$runs"
    fact settings "intervals of $seconds s, GOMP_SPINCOUNT=$GOMP_SPINCOUNT"
    [ -z "$python" ] || fact PyTorch "$("$python" -c 'import torch; print(torch.__version__)')"
    [ -z "$onednn" ] || fact oneDNN "$("$onednn" --version 2>&1 | head -n 1)"
}

# For each line "go" a contender works for an interval and answers with a line of numbers. Contender i reads from
# in[i] and writes to out_of[i]; both stay open during the race.
names=() in=() out_of=()
enter() { # NAME COMMAND...
    local i=${#names[@]} name=$1 from to
    shift
    mkfifo "$work/in$i" "$work/out$i"
    (
        for fd in "${in[@]}" "${out_of[@]}"; do # close the descriptors of the others
            eval "exec $fd<&-"
        done
        exec "$@"
    ) <"$work/in$i" >"$work/out$i" &
    pids+=($!)
    exec {to}>"$work/in$i" {from}<"$work/out$i"
    names+=("$name") in+=("$to") out_of+=("$from")
}
answer= # of the last interval
go() {  # INDEX; runs one interval
    answer=
    { echo go >&"${in[$1]}"; } 2>/dev/null || return 0
    read -r -t 300 answer <&"${out_of[$1]}" || answer=
}
leave() {
    local i
    for i in "${!names[@]}"; do
        eval "exec ${in[$i]}>&- ${out_of[$i]}<&-"
        rm -f "$work/in$i" "$work/out$i"
    done
    wait
    names=() in=() out_of=() pids=()
}

# All contenders of a job take turns; an answer has one number for each metric.
race() { # SECTION JOB BATCH THREADS METRIC...
    local section=$1 job=$2 batch=$3 count=$4 variants variant i r metric rest value row
    shift 4
    for backend in blas direct naive; do
        enter "$backend" "$build/bench/bench-race" "$job" "$backend" "$batch" "$count" "$seconds"
    done
    if [ -n "$python" ]; then
        case $job in train) variants='channels_last nchw' ;; infer) variants=optimized ;; *) variants=frozen ;; esac
        for variant in $variants; do
            enter "PyTorch $variant" "$python" bench/peer_pytorch.py --job "$job" --batch "$batch" \
                --threads "$count" --seconds "$seconds" --variant "$variant" 2>/dev/null
        done
    fi
    if [ -n "$onednn" ]; then
        case $job$count in latency*) variants=whole ;; *1) variants='whole micro' ;; *) variants='whole micro parallel' ;; esac
        for variant in $variants; do
            enter "oneDNN $variant" "$onednn" "$job" "$variant" "$batch" "$count" "$seconds"
        done
    fi
    for i in "${!names[@]}"; do
        go "$i" # loads and warms up; not recorded
    done
    for ((r = 1; r <= runs; r++)); do
        for i in "${!names[@]}"; do
            say "$section, batch $batch, threads $count, round $r of $runs: ${names[$i]}"
            go "$i"
            rest=$answer
            row="\"section\":\"$section\",\"batch\":$batch,\"threads\":$count,\"contender\":\"${names[$i]}\""
            for metric in "$@"; do
                value=${rest%% *} rest=${rest#* }
                [[ $value =~ ^[0-9]+(\.[0-9]+)?$ ]] || value=null
                printf '{%s,"metric":"%s","value":%s}\n' "$row" "$metric" "$value" >>"$results"
            done
            [ "$value" != null ] || echo "${names[$i]} gave no answer" >&2
        done
    done
    [ -z "$no_pytorch" ] || absent "$section" "$batch" "$count" PyTorch "$1" "$no_pytorch"
    [ -z "$no_onednn" ] || absent "$section" "$batch" "$count" oneDNN "$1" "$no_onednn"
    leave
}

# Trains by the default recipe; PyTorch follows the same one.
follow_recipe() {
    local seed
    if [ -z "$data" ]; then
        absent recipe 0 "$most" blas accuracy \
            'LENET5_DATA does not name a directory with MNIST (datasets/README.md)'
        return
    fi
    for ((seed = 1; seed <= seeds; seed++)); do
        measure "$build/bench/bench-recipe" "$data" "$most" "$seed" direct
        measure "$build/bench/bench-recipe" "$data" "$most" "$seed" blas "$work/recipe.json"
        [ -z "$python" ] || measure "$python" bench/peer_pytorch.py --job recipe --seed "$seed" \
            --threads "$most" --recipe "$work/recipe.json" --data "$data" ||
            absent recipe 0 "$most" PyTorch accuracy 'its run failed'
    done
    [ -z "$no_pytorch" ] || absent recipe 0 "$most" PyTorch accuracy "$no_pytorch"
    [ -z "$peers" ] || absent recipe 0 "$most" oneDNN accuracy 'bench-onednn has no recipe'
}

describe_machine
say 'layers'
# shellcheck disable=SC2086 # a list of words
measure "$build/bench/bench-layers" "$runs" $threads
say 'bound'
for backend in blas direct; do measure "$build/bench/bench-bound" "$runs" "$seconds" "$backend"; done
for batch in ${training_batches//,/ }; do
    for count in $threads; do race training train "$batch" "$count" samples_per_second; done
done
for batch in ${inference_batches//,/ }; do
    for count in $threads; do race inference infer "$batch" "$count" samples_per_second; done
done
race latency latency 1 1 p50_us p99_us p999_us
say 'growth'
# shellcheck disable=SC2086
measure "$build/bench/bench-growth" "$runs" "$short" "$samples" $threads
say 'recipe'
follow_recipe
say ''
printf '\r' >&2

[ -z "$out" ] || cp "$results" "$out/results.jsonl"
python3 -B bench/report.py -o "$format" ${out:+--out "$out"} "$results"
