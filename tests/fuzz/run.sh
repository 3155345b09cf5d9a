#!/bin/bash
# Fuzzes every reader with libFuzzer, under AddressSanitizer and UndefinedBehaviorSanitizer:
#     tests/fuzz/run.sh [SECONDS [JOBS [TARGET...]]]
# so long for each target (60), so many at a time (1), all of them or those named. New inputs are kept in
# build-fuzz/corpus/, what crashes or hangs in build-fuzz/findings/: put such a file into
# tests/fuzz/corpus/TARGET/ and it is a test. Prints the executions; fails when anything was found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=${1-60} jobs=${2-1}
shift $(($# < 2 ? $# : 2))
build=build-fuzz

if [ ! -e $build/build.ninja ]; then
    CC=clang meson setup $build -Dfuzz=enabled -Dtests=enabled -Dbench=disabled \
        -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
fi
all=$(ls tests/fuzz/fuzz_*.c | sed 's/.*fuzz_\(.*\)\.c/\1/')
targets=(${@:-$all})
ninja -C $build "${targets[@]/#/tests/fuzz/fuzz_}" >/dev/null
mkdir -p $build/findings

fuzz() {
    local target=$1 dictionary=()
    mkdir -p $build/corpus/$target
    [ -e tests/fuzz/$target.dict ] && dictionary=(-dict=tests/fuzz/$target.dict)
    # Without the allocations' stacks twice as many per second; they are there when a finding is run again.
    OMP_NUM_THREADS=1 ASAN_OPTIONS=malloc_context_size=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
        nice $build/tests/fuzz/fuzz_$target \
        -max_total_time=$seconds -timeout=60 -report_slow_units=60 -rss_limit_mb=2048 -malloc_limit_mb=256 -max_len=4096 \
        -print_final_stats=1 "${dictionary[@]}" -artifact_prefix=$build/findings/$target- \
        $build/corpus/$target tests/fuzz/corpus/$target >$build/$target.log 2>&1
}

status=0
for target in "${targets[@]}"; do
    while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
        wait -n || status=1
    done
    fuzz "$target" &
done
for job in $(jobs -p); do
    wait "$job" || status=1
done

total=0
for target in "${targets[@]}"; do
    count=$(sed -n 's/.*number_of_executed_units: *//p' $build/$target.log)
    printf '%-14s %12s executions\n' "$target" "${count:-FAILED, see $build/$target.log}"
    total=$((total + ${count:-0}))
done
printf '%-14s %12s executions\n' total $total
if [ -n "$(ls -A $build/findings)" ]; then
    status=1
    echo "Found, in $build/findings:"
    ls $build/findings
fi
exit $status
