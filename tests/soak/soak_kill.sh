#!/usr/bin/env bash
# Kills training at random moments, resumes it, kills it again, and compares the weights in the end with
# those of a run that was left alone: soak_kill.sh DIRECTORY_OF_THE_PROGRAMS [KILLS]
# Every recipe has another optimizer and every start another number of threads; almost all the time a
# checkpoint is being written. Nothing is excused: not a checkpoint that cannot be read, not a fallback
# to the previous one, not a temporary file that stays.
set -u

kills=${2-500}
# shellcheck source=tests/support/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/scratch.sh"
RANDOM=$$

fail() {
    echo "FAILED after $killed kills: $*"
    sed 's/^/    /' log
    exit 1
}

weights() { # FILE
    sed -n 's/.*"weights_sha256":[[:space:]]*"\([0-9a-f]*\)".*/\1/p' "$1"
}

"$programs/lenet5-data" generate digits --train 600 --test 50 --quiet || exit 1
recipes=(
    "--optimizer sgd --nesterov --shift 2 --schedule one-cycle"
    "--optimizer adam --augment default --centre train"
    "--preset keras-dropout --optimizer adamw --weight-decay 0.01 --keep last --val-split 60"
)
killed=0 chains=0 before=0 saved=0
while [ $killed -lt "$kills" ]; do
    # shellcheck disable=SC2206 # options and their values
    train=("$programs/lenet5-train" --quiet --json --data digits --seed $chains --epochs 3
        ${recipes[chains % ${#recipes[@]}]})
    started=$(date +%s%N)
    "${train[@]}" --out whole --threads 1 >whole.json 2>log || fail "an uninterrupted run"
    span=$((($(date +%s%N) - started) / 1000 * 3 / 2)) # microseconds; saving takes its time too
    train+=(--out part --checkpoint run.checkpoint --checkpoint-every 1steps --history part.csv)
    rm -f run.checkpoint*
    resume=()
    while :; do
        "${train[@]}" --threads $((1 + RANDOM % 2)) "${resume[@]}" >part.json 2>log &
        pid=$!
        at=$(((RANDOM << 15 | RANDOM) % span))
        [ $killed -lt "$kills" ] && sleep "$(printf '%d.%06d' $((at / 1000000)) $((at % 1000000)))"
        [ $killed -lt "$kills" ] && kill -9 $pid 2>kill.log
        wait $pid 2>wait.log
        status=$?
        [ -s log ] && fail "${train[*]} ${resume[*]}: exit status $status"
        [ $status = 0 ] && break
        [ $status = 137 ] || fail "${train[*]} ${resume[*]}: exit status $status"
        killed=$((killed + 1))
        if [ -e run.checkpoint ]; then
            saved=$((saved + 1))
            resume=(--resume)
        else
            before=$((before + 1))
            [ ! -e run.checkpoint.previous ] || fail "only the previous checkpoint is there"
        fi
    done
    chains=$((chains + 1))
    [ -n "$(weights whole.json)" ] || fail "no weights"
    [ "$(weights part.json)" = "$(weights whole.json)" ] || fail "${train[*]}: other weights"
    cmp -s whole part || fail "${train[*]}: another model"
    [ "$(cut -d, -f1 part.csv | tr '\n' ' ')" = 'epoch 1 2 3 ' ] || fail "another history"
    left=$(find . -name '*.tmp' -o -name '*.lock')
    [ -z "$left" ] || fail "left behind: $left"
done
echo "$killed kills in $chains runs, $before of them before the first checkpoint; all ended with the same weights"
