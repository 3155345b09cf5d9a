#!/usr/bin/env bash
# Kills a training at each of its system calls in turn, from taking a checkpoint's lock to the end, and
# resumes it: soak_syscalls.sh DIRECTORY_OF_THE_PROGRAMS [STRIDE]. Needs strace, and so is no part of the
# suite, where faults/faults.sh does it at each call of the C library that touches files.
set -u

stride=${2-1}
command -v strace >/dev/null || { echo "strace is not here"; exit 77; }
# shellcheck source=tests/support/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/scratch.sh"
start_once
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

"$programs/lenet5-data" generate digits --train 60 --test 10 --quiet || exit 1
train=("$programs/lenet5-train" --data digits --epochs 3 --threads 1 --quiet --json --out model
    --checkpoint run.checkpoint)
"${train[@]}" >whole.json || exit 1
rm run.checkpoint*
strace -o log "${train[@]}" >stdout 2>stderr || exit 1 # of the first thread, which does all of this
# NAME NUMBER: the how manieth call of its name
awk '{ name = $1; sub(/\(.*/, "", name); count[name]++ }
    /run\.checkpoint\.lock/ { on = 1 }
    on && name ~ /^[a-z0-9_]+$/ && name != "exit_group" { print name, count[name] }' log >calls

kills=0 before=0
while read -r name number; do
    rm -f run.checkpoint* model
    {
        strace -o log -e inject="$name:signal=KILL:when=$number" "${train[@]}" >stdout 2>stderr
        status=$?
    } 2>shell.log # which says that a process was killed
    case $status in
    137) kills=$((kills + 1)) ;;
    0) continue ;; # a call that is not made every time
    *) fail "$name $number: exit status $status" ;;
    esac
    resume=(--resume)
    [ -e run.checkpoint ] || { resume=() before=$((before + 1)); }
    "${train[@]}" "${resume[@]}" >stdout 2>stderr || fail "$name $number: cannot be resumed"
    [ ! -s stderr ] || fail "$name $number: $(head -n 1 stderr)"
    diff <(grep weights_sha256 stdout) <(grep weights_sha256 whole.json) >difference || fail "$name $number: other weights"
    left=$(find . -name '*.tmp' -o -name '*.lock')
    [ -z "$left" ] || fail "$name $number: left behind: $left"
done < <(awk -v stride="$stride" 'NR % stride == 0' calls)
echo "$kills kills at system calls, $before of them before the first checkpoint, $failures failures"
[ $failures = 0 ]
