#!/usr/bin/env bash
# lenet5-train's checkpoints as its users meet them: test_resume.sh DIRECTORY_OF_THE_PROGRAMS
set -mu # jobs of their own, so that they do not start with SIGINT ignored

# shellcheck source=tests/support/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/scratch.sh"
failures=0

say() {
    echo "FAILED: $*"
    failures=$((failures + 1))
    sed 's/^/    /' stderr
}

# expect CODE TEXT OPTION...: trains, and checks the exit status and what is said.
expect() {
    local code=$1 text=$2 status
    shift 2
    "$programs/lenet5-train" --data digits --threads 1 --json "$@" >stdout 2>stderr </dev/null
    status=$?
    [ "$status" = "$code" ] || say "$*: expected exit status $code, found $status"
    grep -qF -- "$text" stderr || say "$*: not said: $text"
}

weights() { # FILE
    sed -n 's/.*"weights_sha256":[[:space:]]*"\([0-9a-f]*\)".*/\1/p' "$1"
}

same_weights() { # WHAT
    [ "$(weights stdout)" = "$(weights whole.json)" ] || say "$1: other weights"
}

"$programs/lenet5-data" generate digits --train 200 --test 50 --quiet || exit 1
run=(--epochs 3 --batch-size 30 --checkpoint run.checkpoint)
expect 0 'epoch 3/3' --epochs 3 --batch-size 30 --history whole.csv
cp stdout whole.json

# Wrong usage.
expect 64 '--resume: expected --checkpoint' --resume
for every in 0 -1 '' s 1.5s 3m 5xsteps ' 1s' 99999999999999999999s; do
    expect 64 '--checkpoint-every' "${run[@]}" --checkpoint-every "$every"
done
expect 64 'expected two files' --checkpoint same --out same
expect 66 'no such checkpoint' "${run[@]}" --resume
expect 74 'missing' --checkpoint missing/run.checkpoint
expect 74 'is a directory' --checkpoint digits/. --resume

# How often: 6 batches in an epoch of 180, 18 in all; the previous one tells the interval. A second is not
# over here.
for every in 4steps:6 1epoch:0 2epochs: 1:0 1step:5 1s: 7epochs:none; do
    rm -f run.checkpoint*
    expect 0 'epoch 3/3' "${run[@]}" --checkpoint-every "${every%:*}" --history part.csv
    same_weights "--checkpoint-every $every"
    case ${every#*:} in
    none) [ ! -e run.checkpoint ] || say "--checkpoint-every $every: a checkpoint" ;;
    ?) grep -aq "batch...${every#*:}," run.checkpoint.previous || say "--checkpoint-every $every: not so" ;;
    esac
done

# A checkpoint that is there is not overwritten.
rm -f run.checkpoint*
expect 0 '' "${run[@]}" --checkpoint-every 4steps
cp run.checkpoint newest
expect 64 'run.checkpoint exists' "${run[@]}"
cmp -s run.checkpoint newest || say "a checkpoint is overwritten without --resume"

# Going on, from the newest, from the previous one, from neither; the history is that of the whole run.
expect 0 'continuing after batch 4 of 6 of epoch 3' "${run[@]}" --resume --history part.csv
same_weights "resumed"
[ "$(cut -d, -f1-6 part.csv)" = "$(cut -d, -f1-6 whole.csv)" ] || say "resumed: another history"
printf x | dd of=run.checkpoint bs=1 seek=5000 conv=notrunc 2>dd.log
expect 0 'continuing from run.checkpoint.previous' "${run[@]}" --resume --checkpoint-every 9epochs
grep -q 'run.checkpoint: damaged' stderr || say "damage is not said"
same_weights "from the previous one"
cp run.checkpoint damaged
rm run.checkpoint
expect 0 'continuing from run.checkpoint.previous' "${run[@]}" --resume --checkpoint-every 9epochs
same_weights "with nothing but the previous one"
cp damaged run.checkpoint
cp damaged run.checkpoint.previous
expect 65 'run.checkpoint: damaged' "${run[@]}" --resume
cp newest run.checkpoint
expect 64 'training.seed is "1" in the checkpoint and "2" in this training run' "${run[@]}" --resume --seed 2
expect 64 'training.rate is' "${run[@]}" --resume --lr 0.01
expect 64 'architecture.layers is' "${run[@]}" --resume --activation sigmoid
expect 0 '' "${run[@]}" --resume --threads 2
same_weights "on two threads"
expect 65 'damaged, or not a checkpoint' --epochs 3 --batch-size 30 --checkpoint lenet5.safetensors --out model --resume
rm -f run.checkpoint*

# A run that stopped inside an epoch, and one without a checkpoint.
"$programs/lenet5-train" --data digits --batch-size 1 --epochs 100000 --checkpoint part.checkpoint     --checkpoint-every 1steps --out part >part.stdout 2>part.stderr &
pid=$!
for _ in $(seq 600); do
    [ -e part.checkpoint.previous ] && break
    sleep 0.05
done
kill $pid
wait $pid
"$programs/lenet5-train" --data digits --batch-size 1 --epochs 100000 --checkpoint part.checkpoint --resume     --out part >part.stdout 2>part.stderr &
pid=$!
for _ in $(seq 600); do
    grep -q 'continuing' part.stderr && break
    sleep 0.05
done
kill $pid
wait $pid
grep -q 'continuing after batch [1-9][0-9]* of [1-9][0-9]* of epoch [1-9]' part.stderr ||
    say "no batch in: $(grep continuing part.stderr)"
"$programs/lenet5-train" --data digits --epochs 100000 --history alone.csv --out alone >part.stdout 2>part.stderr &
pid=$!
for _ in $(seq 600); do
    [ -s alone.csv ] && break
    sleep 0.05
done
kill $pid
wait $pid
grep -q '^Without --checkpoint a run cannot be resumed. To train further from these weights: .* --from alone$' part.stderr ||
    say "interrupted without a checkpoint: $(cat part.stderr)"

expect 0 '' "${run[@]}"
expect 0 'continuing after 3 of 3 epochs' "${run[@]}" --resume
rm -f run.checkpoint*

# Two runs on one file: the second is refused, the first goes on.
"$programs/lenet5-train" --data digits --quiet --epochs 100000 --checkpoint run.checkpoint --out first \
    >first.stdout 2>first.stderr &
pid=$!
for _ in $(seq 600); do
    [ -e run.checkpoint ] && break
    sleep 0.05
done
expect 74 "in use by process $pid" "${run[@]}" --resume
kill $pid
wait $pid
[ $? = 143 ] || say "the first of two runs was disturbed"
[ ! -e run.checkpoint.lock ] || say "the lock's file is left"

# Histories of other runs are not continued into a checkpointed one, which would write them anew.
cp whole.csv other.csv
rm -f run.checkpoint*
expect 64 'has to be a new file' "${run[@]}" --from lenet5.safetensors --history other.csv
cmp -s whole.csv other.csv || say "another run's history is changed"

# Pages have all epochs.
if ! "$programs/lenet5-train" --data digits --report missing/page 2>&1 | grep -q libpng; then
    rm -f run.checkpoint*
    expect 0 '' "${run[@]}" --checkpoint-every 4steps
    expect 0 '' "${run[@]}" --resume --report page
    grep -q '3 of 3' page/report.html || say "--resume --report: not all epochs"
    grep -q 'epochs before the resumption have no training figures' page/report.html ||
        say "--resume --report: a gap in the curve is not explained"
    [ -s page/loss.svg ] || say "--resume --report: no curves"
fi

[ $failures = 0 ]
