#!/bin/bash
# How fast it is, and against what; one command, in sections:
#   - the peak: what the multiply-add units of this CPU do at most;
#   - every layer, forward and backward, naive against blas and direct, with their numerical difference;
#   - the bound: a training step and an inference against their own bare products;
#   - races: training, inference and the latency of one image, between naive, blas, direct and (--peers)
#     PyTorch and oneDNN, taking turns;
#   - how cost grows with samples, batch, threads, maps and image size;
#   - time and epochs to 99.0 % on MNIST with the default recipe (LENET5_DATA).
# Medians over alternating rounds, with the range. Results go to stdout, progress to stderr.
set -euo pipefail

usage() {
    cat <<END
Usage: bench/run_bench.sh [OPTION]...
  --quick           fewer and shorter rounds: about two minutes, five with peers
  -r RUNS           rounds of every measurement (default 7; 3 when quick)
  -o FORMAT         table, md, csv or json (default table)
  --batch LIST      batch sizes (default 32,64,128 in training, 64,1024 in inference; quick: 64)
  --threads LIST    numbers of threads (default 1 and as many as there are CPUs)
  --peers           also PyTorch and oneDNN (Debian: python3-torch, libdnnl-dev)
  --out DIR         also write results.json, results.md, training.svg and layers.svg there, and
                    every measured value in results.jsonl
  --help            this text
MNIST is looked for in \$LENET5_DATA. BUILD names the build directory (default build-bench).
END
}
refuse() {
    echo "run_bench.sh: $1" >&2
    usage >&2
    exit 64
}
whole() { [[ $1 =~ ^[1-9][0-9]{0,4}$ ]]; }
list() { [[ $1 =~ ^[1-9][0-9]{0,4}(,[1-9][0-9]{0,4})*$ ]]; }

runs='' quick='' peers='' batches='' out='' format=table
cpus=$(nproc)
threads=1
[ "$cpus" -gt 1 ] && threads=1,$cpus
while [ $# -gt 0 ]; do
    case $1 in
    -r | -o | --batch | --threads | --out) [ $# -ge 2 ] || refuse "$1 needs a value" ;;
    esac
    case $1 in
    --quick) quick=yes ;;
    --peers) peers=yes ;;
    --help) usage; exit 0 ;;
    -r) whole "$2" || refuse "-r: expected a number above 0, found '$2'"; runs=$2; shift ;;
    -o)
        case $2 in table | md | csv | json) ;; *) refuse "-o: no format '$2'" ;; esac
        format=$2; shift ;;
    --batch) list "$2" || refuse "--batch: expected numbers such as 32,64, found '$2'"; batches=$2; shift ;;
    --threads) list "$2" || refuse "--threads: expected numbers such as 1,2, found '$2'"; threads=$2; shift ;;
    --out) out=$2; shift ;;
    *) refuse "no option '$1'" ;;
    esac
    shift
done
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

# As the tools do, and for every contender: OpenMP's threads spin only briefly while they wait. It serves
# PyTorch too (8,000 to 10,000 samples/s on two threads without, 11,000 to 16,000 with it).
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}

data=${LENET5_DATA-}
[ -z "$data" ] || data=$(realpath -- "$data")
if [ -n "$out" ]; then
    mkdir -p -- "$out"
    out=$(realpath -- "$out")
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${BUILD:-build-bench}
[ -f "$build/build.ninja" ] || meson setup "$build" -Dbench=enabled >&2
meson compile -C "$build" >&2

# Likewise: the kernels that the tools make OpenBLAS use, which may not know this CPU.
forced=${OPENBLAS_CORETYPE-}
version=$("$build/tools/lenet5-train" --version)
OPENBLAS_CORETYPE=${forced:-$(awk '$1 == "kernels" { print $2 }' <<<"$version")}
export OPENBLAS_CORETYPE

# Whatever ends this script ends the programs it started.
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
trap '' PIPE # a contender that has died is a missing cell, not our end

say() { printf '\r%-70s' "$1" >&2; }
escape() { sed 's/[\\"]/\\&/g; s/[[:cntrl:]]/ /g' <<<"$1"; }
fact() { printf '{"section":"header","name":"%s","text":"%s"}\n' "$1" "$(escape "$2")" >>"$results"; }
# Runs a program that prints records. In the background, so that a signal need not wait for it.
measure() {
    local status=0
    "$@" >>"$results" &
    pids=($!)
    wait $! || status=$?
    pids=()
    return $status
}

# A contender's place in a table, and why it has no figures.
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
    if ! [ -x "$onednn" ]; then
        onednn='' no_onednn='no oneDNN when this was built (Debian: libdnnl-dev)'
    fi
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
    *serial) # several threads would get wrong products from it, and the library refuses
        echo 'run_bench.sh: this OpenBLAS is serial: one thread only' >&2
        threads=1 most=1 ;;
    esac
    [ -z "$forced" ] || blas+=" (forced by OPENBLAS_CORETYPE=$forced)"
    fact date "$(date -u '+%Y-%m-%d %H:%M UTC')"
    fact commit "$(git describe --always --dirty 2>/dev/null || echo unknown)"
    fact cpu "${cpu:-$(uname -m)}, $cpus CPUs"
    fact vectors "${vectors% }"
    fact blas "$blas"
    fact runs "$runs"
    fact settings "intervals of $seconds s, GOMP_SPINCOUNT=$GOMP_SPINCOUNT"
    [ -z "$python" ] || fact PyTorch "$("$python" -c 'import torch; print(torch.__version__)')"
    [ -z "$onednn" ] || fact oneDNN "$("$onednn" --version 2>&1 | head -n 1)"
}

# Contenders read "go" lines and answer with a line of numbers each; entry i talks through descriptors
# in[i] and out[i], which stay open as long as it is in the race.
names=() in=() out_of=()
enter() { # NAME COMMAND...
    local i=${#names[@]} name=$1 from to
    shift
    mkfifo "$work/in$i" "$work/out$i"
    (
        for fd in "${in[@]}" "${out_of[@]}"; do # the others' ends are none of its business
            eval "exec $fd<&-"
        done
        exec "$@"
    ) <"$work/in$i" >"$work/out$i" &
    pids+=($!)
    exec {to}>"$work/in$i" {from}<"$work/out$i"
    names+=("$name") in+=("$to") out_of+=("$from")
}
answer= # of the last go
go() {  # INDEX; one interval
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

# Everybody who takes part in a job takes turns; each metric is one number of an answer.
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
                --threads "$count" --seconds "$seconds" --variant "$variant" --wait 2>/dev/null
        done
    fi
    if [ -n "$onednn" ]; then
        case $job$count in latency*) variants=whole ;; *1) variants='whole micro' ;; *) variants='whole micro parallel' ;; esac
        for variant in $variants; do
            enter "oneDNN $variant" "$onednn" "$job" "$variant" "$batch" "$count" "$seconds"
        done
    fi
    for i in "${!names[@]}"; do
        go "$i" # loading and warming up
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

# The default recipe, and PyTorch by the very same one.
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
            absent recipe 0 "$most" PyTorch accuracy 'it failed'
    done
    [ -z "$no_pytorch" ] || absent recipe 0 "$most" PyTorch accuracy "$no_pytorch"
    [ -z "$peers" ] || absent recipe 0 "$most" oneDNN accuracy 'its program has no recipe'
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
"$build/bench/bench-report" -o "$format" ${out:+--out "$out"} "$results"
