#!/usr/bin/env bash
# Makes every allocation and every call on a file fail, one after the other, while models are trained,
# resumed, evaluated and used: faults.sh DIRECTORY_OF_THE_PROGRAMS faults.so [STRIDE [COMMAND...]]
# First each call alone, then each and all that follow; calls on files with EIO, ENOSPC and EINTR; new
# threads, too. The process is also killed in the place of each call on a file of a training, and resumed.
# STRIDE 7 takes every seventh call, COMMANDs (train, resume, from, eval, predict) those alone. With programs
# built for AddressSanitizer, leaks count as failures.
set -u

shim=$(realpath -- "$2") || exit 1
stride=${3-1}
all=(train resume from eval predict)
chosen=("${@:4}")
[ ${#chosen[@]} -gt 0 ] || chosen=("${all[@]}")
# shellcheck source=tests/support/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../support/scratch.sh"
start_once
# The shim stands before the sanitizer's allocator, which does its work all the same.
export ASAN_OPTIONS=verify_asan_link_order=0:exitcode=99 LSAN_OPTIONS=exitcode=99
failures=0 runs=0 harmless=0

say() {
    failures=$((failures + 1))
    echo "FAILED: $*"
    sed 's/^/    /' stderr | head -n 20
    [ $failures -lt 20 ] || exit 1
}

# What follows from the weights alone.
essence() { # FILE
    grep -v 'seconds"\|"samples_per_second"' "$1"
}

sealed() { # FILE: whether its last 32 bytes are the SHA-256 of the others
    [ "$(head -c -32 "$1" | sha256sum | cut -c 1-64)" = "$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n')" ]
}

"$programs/lenet5-data" generate digits --train 90 --test 20 --quiet || exit 1
gzip digits/train-images-idx3-ubyte digits/t10k-labels-idx1-ubyte || exit 1
"$programs/lenet5-train" --data digits --epochs 1 --seed 9 --out old.model --quiet >old.stdout || exit 1
"$programs/lenet5-data" export digits pictures --split test --quiet 2>stderr || echo "no libpng: PGM only"
printf 'P5\n28 28\n255\n' >digit.pgm
tail -c +17 digits/t10k-images-idx3-ubyte | head -c 784 >>digit.pgm
pictures=(digit.pgm $(find pictures -name '*.png' 2>find.log | sort | head -n 1))

train=(lenet5-train --data digits --epochs 1 --batch-size 45 --threads 2 --quiet --json --out model
    --checkpoint run.checkpoint --checkpoint-every 1epoch --history history.csv)
declare -A commands=(
    [train]="${train[*]}"
    [resume]="${train[*]} --resume"
    [from]="lenet5-train --data digits --epochs 1 --quiet --json --out model --from old.model"
    [eval]="lenet5-eval --data digits --json --quiet old.model"
    [predict]="lenet5-predict --json --quiet old.model ${pictures[*]}"
)

# The files as they are before a run.
lay_out() { # COMMAND
    rm -rf run.checkpoint* history.csv model ./*.tmp
    cp old.model model
    [ "$1" != resume ] || cp old.checkpoint run.checkpoint
}

run() { # COMMAND KIND AT MODE ERRNO
    lay_out "$1"
    {
        # shellcheck disable=SC2086 # a command and its arguments
        timeout 60 env LD_PRELOAD="$shim" FAULTS_KIND=$2 FAULTS_AT=$3 FAULTS_MODE=$4 \
            FAULTS_ERRNO=$5 FAULTS_COUNT=count "$programs/"${commands[$1]} >stdout 2>stderr </dev/null
        status=$?
    } 2>shell.log # which says that a process was killed
    runs=$((runs + 1))
}

# What holds after any run.
check() { # COMMAND WHAT MODE
    local file
    if [ "$1" = train ] || [ "$1" = resume ] || [ "$1" = from ]; then
        cmp -s model old.model || cmp -s model "$1.model" || say "$2: the model is neither the old nor the new one"
        for file in run.checkpoint run.checkpoint.previous; do
            [ ! -e $file ] || sealed $file || say "$2: $file is damaged"
        done
        [ "$1" != resume ] || [ -e run.checkpoint ] || say "$2: the old checkpoint is gone"
    fi
    [ "$3" != once ] || [ -z "$(find . -name '*.tmp')" ] || grep -q unlink stderr || say "$2: a temporary file is left"
}

fault() { # COMMAND KIND AT MODE ERRNO EXPECTED_STATUS
    local what="$1: $2 call $3 fails ($4, errno $5)"
    run "$1" "$2" "$3" "$4" "$5"
    if [ $status = 0 ]; then
        harmless=$((harmless + 1))
        diff -q <(essence stdout) <(essence "$1.stdout") >difference || say "$what: exit status 0 with another result"
    elif [ $status != "$6" ] && ! { [ $status = 74 ] && grep -q 'Cannot allocate memory' stderr; }; then
        say "$what: exit status $status, expected 0 or $6"
    elif ! grep -q '^lenet5-\|^libgomp: ' stderr; then
        say "$what: exit status $status without a word"
    fi
    check "$1" "$what" "$4"
}

killed() { # COMMAND AT
    local what="$1: killed at call $2" again=()
    run "$1" files "$2" kill 0
    [ $status = 137 ] || say "$what: exit status $status"
    check "$1" "$what" kill
    [ ! -e run.checkpoint ] || again=(--resume)
    "$programs/${train[0]}" "${train[@]:1}" "${again[@]}" >stdout 2>stderr || say "$what: cannot be resumed"
    [ -s stderr ] && say "$what: resumed with complaints"
    diff -q <(essence stdout) <(essence train.stdout) >difference || say "$what: resumed to another result"
    [ -z "$(find . -name '*.tmp' -o -name '*.lock')" ] || say "$what: a temporary file is left after resuming"
}

lay_out train
"$programs/${train[0]}" "${train[@]:1}" --checkpoint-every 1steps >stdout 2>stderr || { say "train"; exit 1; }
cp run.checkpoint.previous old.checkpoint # after the first of two batches
declare -A counts
for command in "${all[@]}"; do
    for kind in memory files threads; do
        run $command $kind 0 once 0
        [ $status = 0 ] || { say "$command: exit status $status without a fault"; exit 1; }
        cp stdout $command.stdout
        cp model $command.model
        counts[$command.$kind]=$(cat count)
    done
done
essence train.stdout >expected
diff expected <(essence resume.stdout) || say "resuming gives another result"

for command in "${chosen[@]}"; do
    echo "$command: ${counts[$command.memory]} allocations, ${counts[$command.files]} calls on files, ${counts[$command.threads]} new threads"
    for ((n = 1; n <= counts[$command.threads]; n++)); do
        for mode in once ever; do
            fault $command threads $n $mode 11 1 # libgomp has no other end for it
        done
    done
    for ((n = 1 + RANDOM % stride; n <= counts[$command.memory]; n += stride)); do
        for mode in once ever; do
            fault $command memory $n $mode 12 71
        done
    done
    for ((n = 1 + RANDOM % stride; n <= counts[$command.files]; n += stride)); do
        for mode in once ever; do
            for errno in 5 28; do
                fault $command files $n $mode $errno 74
            done
        done
        fault $command files $n once 4 74
        case $command in train | resume) killed $command $n ;; esac
    done
done
echo "$runs runs, $harmless of them finished in spite of the fault, $failures failures"
[ $failures = 0 ]
