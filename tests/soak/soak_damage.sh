#!/usr/bin/env bash
# Damaged files by the thousand, each given to a tool: soak_damage.sh DIRECTORY_OF_THE_PROGRAMS [FLIPS]
# Every prefix and every bit of the headers of four images and their labels; every prefix and every bit of them packed;
# every prefix of a model's header and every bit of its first 200 bytes; FLIPS (5000) random bits of a checkpoint.
# Each has to end in less than a second with exit status 65 and one line that names the file. Where a change means
# nothing (the time in gzip's header), the result has to be that of the good file.
set -u

flips=${2-5000}
# shellcheck source=tests/support/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/scratch.sh"
export OMP_NUM_THREADS=1
start_once
files=0 harmless=0 failures=0

# try FILE WHAT COMMAND...: with the damaged FILE in its place.
try() {
    local file=$1 what=$2 status=0 before after
    shift 2
    files=$((files + 1))
    before=${EPOCHREALTIME/[.,]/}
    "$@" >stdout 2>stderr </dev/null || status=$?
    after=${EPOCHREALTIME/[.,]/}
    if [ $status = 0 ] && cmp -s stdout good.stdout; then
        harmless=$((harmless + 1))
    elif [ $status != 65 ] || [ "$(wc -l <stderr)" != 1 ] || ! grep -qF "${file%%.*}" stderr; then
        failures=$((failures + 1))
        echo "FAILED: $file, $what: exit status $status: $(head -c 300 stderr)"
    elif [ $((after - before)) -gt 1000000 ]; then
        failures=$((failures + 1))
        echo "FAILED: $file, $what: $(((after - before) / 1000)) ms"
    fi
}

# prefixes FILE SIZE COMMAND...: all that are shorter than SIZE.
prefixes() {
    local file=$1 size=$2 n
    shift 2
    cp "$file" good
    for ((n = 0; n < size; n++)); do
        head -c $n good >"$file"
        try "$file" "the first $n bytes" "$@"
    done
    cp good "$file"
}

# flip FILE BIT COMMAND...: of the copy in good.
flip() {
    local file=$1 bit=$2 byte
    shift 2
    byte=$(od -An -tu1 -j $((bit / 8)) -N 1 good)
    printf '%b' "\\x$(printf %02x $((byte ^ 1 << bit % 8)))" | dd of="$file" bs=1 seek=$((bit / 8)) conv=notrunc status=none
    try "$file" "bit $bit" "$@"
    printf '%b' "\\x$(printf %02x $byte)" | dd of="$file" bs=1 seek=$((bit / 8)) conv=notrunc status=none
}

bits() { # FILE SIZE COMMAND...: every bit of the first SIZE bytes
    local file=$1 size=$2 n
    shift 2
    cp "$file" good
    for ((n = 0; n < 8 * size; n++)); do
        flip "$file" $n "$@"
    done
}

eval=("$programs/lenet5-eval" --json --quiet --data digits model.safetensors)
train=("$programs/lenet5-train" --quiet --json --data digits --batch-size 16 --epochs 2 --out model.safetensors
    --checkpoint run.checkpoint)
images=t10k-images-idx3-ubyte labels=t10k-labels-idx1-ubyte
"$programs/lenet5-data" generate digits --train 64 --test 4 --quiet || exit 1
"${train[@]}" --checkpoint-every 1steps >log || exit 1
cp run.checkpoint.previous run.checkpoint
rm run.checkpoint.previous
"${eval[@]}" | grep -v seconds >good.stdout || exit 1
cd digits || exit 1
read_digits() { (cd .. && "${eval[@]}" | grep -v seconds; exit "${PIPESTATUS[0]}"); }
cp ../good.stdout .
prefixes $images "$(stat -c %s $images)" read_digits
prefixes $labels "$(stat -c %s $labels)" read_digits
bits $images 16 read_digits
bits $labels 8 read_digits
gzip -9 $images $labels
prefixes $images.gz "$(stat -c %s $images.gz)" read_digits
prefixes $labels.gz "$(stat -c %s $labels.gz)" read_digits
bits $images.gz "$(stat -c %s $images.gz)" read_digits
bits $labels.gz "$(stat -c %s $labels.gz)" read_digits
cd ..
header=$((8 + $(od -An -tu8 -N 8 model.safetensors)))
prefixes model.safetensors $header "${eval[@]}"
bits model.safetensors 200 "${eval[@]}"
cp run.checkpoint good
size=$(stat -c %s good)
for ((i = 0; i < flips; i++)); do
    flip run.checkpoint $(((RANDOM << 15 | RANDOM) % size * 8 + RANDOM % 8)) "${train[@]}" --resume
    cmp -s run.checkpoint good || exit 1
done
echo "$files damaged files, $harmless of them with nothing changed in what they say, $failures failures"
[ $failures = 0 ]
