#!/usr/bin/env bash
# The programs as their users meet them: test_tools.sh DIRECTORY_OF_THE_PROGRAMS
set -mu # jobs of their own, so that they do not start with SIGINT ignored

programs=$(cd "$1" && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# No data but what the tests make.
unset LENET5_DATA XDG_CACHE_HOME
export HOME=$scratch/home
failures=0

say() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect CODE PROGRAM ARGUMENT...: runs it, output in stdout and stderr, and checks the exit status.
expect() {
    local code=$1 program=$2 status
    shift 2
    "$programs/$program" "$@" >stdout 2>stderr </dev/null
    status=$?
    [ "$status" = "$code" ] && return
    say "$program $*: expected exit status $code, found $status"
    sed 's/^/    /' stderr
}

# field NAME FILE: the text of a JSON document's number or string.
field() {
    sed -n "s/.*\"$1\":[[:space:]]*\"\{0,1\}\([^\",]*\).*/\1/p" "$2" | head -n 1
}

check_json() {
    local file=$1 name
    shift
    for name; do
        grep -q "\"$name\":" "$file" || say "$file: no field $name"
    done
    command -v python3 >python && { python3 -m json.tool "$file" >python || say "$file: no JSON"; }
}

# Images of 28x28: a header that says 100, and some bytes.
idx_images() { # FILE BYTES
    printf '\0\0\10\3\0\0\0\144\0\0\0\34\0\0\0\34' >"$1"
    seq 100000 200000 | head -c "$2" >>"$1"
}

idx_labels() { # FILE
    printf '\0\0\10\1\0\0\0\144' >"$1"
    for _ in $(seq 10); do
        printf '\0\1\2\3\4\5\6\7\10\11'
    done >>"$1"
}

mkdir tiny
for split in train t10k; do
    idx_images tiny/$split-images-idx3-ubyte 78400
    idx_labels tiny/$split-labels-idx1-ubyte
done
train_tiny=(lenet5-train --data tiny --val-split 0 --epochs 1)

# Help, version, usage.
for program in lenet5-train lenet5-eval lenet5-predict; do
    for option in --help --version; do
        expect 0 $program $option
        [ -s stdout ] || say "$program $option: nothing on stdout"
        [ -s stderr ] && say "$program $option: something on stderr"
    done
    expect 64 $program --no-such-option
    expect 64 $program --threads 8x
    [ "$(wc -l <stderr)" = 1 ] || say "$program --threads 8x: expected one line"
    for value in '' -1 65 ' 1' 99999999999999999999; do
        expect 64 $program --threads "$value"
    done
done
expect 64 lenet5-train surplus
expect 64 lenet5-train --lr nan
expect 64 lenet5-train --seed -1
expect 64 lenet5-train --seed 99999999999999999999
expect 64 lenet5-train --optimizer sdg
expect 64 lenet5-train --momentum 1
expect 64 lenet5-train --preset lenet6
expect 64 lenet5-train --label-smoothing 1.5
expect 64 lenet5-train --shift -1
expect 64 lenet5-eval
expect 64 lenet5-predict model

# Data that is missing or damaged.
# What a preset names is what the model file holds.
for preset in lenet5 lenet5-tanh; do
    expect 0 "${train_tiny[@]}" --preset "$preset" --label-smoothing 0.1 --shift 2 --json
    [ "$(field model stdout)" = "$preset" ] || say "--preset $preset trained $(field model stdout)"
done

expect 66 lenet5-train --data missing
mkdir empty
LENET5_DATA=empty expect 66 lenet5-train
cp -r tiny damaged
idx_images damaged/train-images-idx3-ubyte 78399
expect 65 lenet5-train --data damaged --out damaged.safetensors
mkdir -p home/.cache/lenet5
cp -r damaged home/.cache/lenet5/mnist
expect 65 lenet5-train --out damaged.safetensors
rm -r home
[ -e damaged.safetensors ] && say "damaged data: a model was written"
expect 66 lenet5-eval missing.safetensors
expect 65 lenet5-eval tiny/train-labels-idx1-ubyte

# Built-in digits: training, evaluation, the same weights on any number of threads.
expect 0 lenet5-train --epochs 1 --threads 1 --json --history history.csv
mv stdout train.json
grep -q 'no MNIST' stderr || say "built-in digits are not announced"
grep -q $'\r' stderr && say "progress redraws where there is no terminal"
check_json train.json model parameters backend threads seed epochs train_samples train_seconds \
    samples_per_second train_loss val_accuracy test_accuracy test_error test_loss weights_sha256 out
[ "$(wc -l <history.csv)" = 2 ] || say "history.csv: expected two lines"
head -n 1 history.csv | grep -qx 'epoch,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds,samples_per_second' ||
    say "history.csv: another header"
expect 0 lenet5-eval --json --quiet lenet5.safetensors
check_json stdout accuracy error loss samples per_class confusion
[ "$(field accuracy stdout)" = "$(field test_accuracy train.json)" ] ||
    say "lenet5-eval finds another accuracy than lenet5-train"
expect 0 lenet5-train --epochs 1 --threads 2 --json --quiet
[ -s stderr ] && say "--quiet: something on stderr"
[ "$(field weights_sha256 stdout)" = "$(field weights_sha256 train.json)" ] ||
    say "the weights depend on the number of threads"
expect 0 lenet5-eval lenet5.safetensors

# Odd paths, and going on from a model.
mkdir 'a b'
expect 0 "${train_tiny[@]}" --out 'a b/-m 1' --from lenet5.safetensors
(cd 'a b' && "$programs/lenet5-eval" --data ../tiny -- '-m 1' >../stdout 2>../stderr) ||
    say "a model's name with a dash and a space"

# Outputs that cannot be written are found before training.
for output in '--out missing/model' '--out tiny' '--out tiny/' '--history missing/history'; do
    # shellcheck disable=SC2086 # an option and its value
    expect 74 "${train_tiny[@]}" $output
    grep -q epoch stderr && say "$output: tried after training"
done
if [ "$(id -u)" != 0 ]; then
    mkdir -m 555 locked
    expect 74 "${train_tiny[@]}" --out locked/model
fi
"$programs/lenet5-train" --version >&- 2>stderr
[ $? = 74 ] || say "closed stdout: expected exit status 74"
"$programs/lenet5-train" "${train_tiny[@]:1}" --out closed --history history.csv >stdout 2>&-
[ "$(wc -l <history.csv)" = 2 ] || say "closed stderr: messages went into history.csv"
if [ -w /dev/full ]; then
    "$programs/lenet5-eval" --data tiny --json lenet5.safetensors >/dev/full 2>stderr
    [ $? = 74 ] || say "full stdout: expected exit status 74"
fi

# A diverging run leaves the old model alone.
cp lenet5.safetensors old
expect 2 "${train_tiny[@]}" --epochs 50 --lr 1e6
cmp -s lenet5.safetensors old || say "a diverging run changed the model"

# An interrupted one saves what it has.
interrupt() {
    local signal=$1 code=$2 pid status
    rm -f history.csv
    "$programs/${train_tiny[0]}" "${train_tiny[@]:1}" --epochs 100000 --history history.csv \
        --out "$signal.safetensors" >stdout 2>stderr &
    pid=$!
    for _ in $(seq 300); do
        [ -f history.csv ] && [ "$(wc -l <history.csv)" -gt 1 ] && break
        sleep 0.1
    done
    kill -s "$signal" $pid
    wait $pid
    status=$?
    [ $status = "$code" ] || say "$signal: expected exit status $code, found $status"
    grep -q -e "--from $signal.safetensors" stderr || say "$signal: how to go on is not said"
    expect 0 lenet5-eval --data tiny "$signal.safetensors"
}
interrupt INT 130
interrupt TERM 143

# Pictures: a light stroke on dark ground as MNIST's, and a dark one on a light page.
row() { # BYTE COUNT
    for _ in $(seq "$2"); do
        printf '%b' "$1"
    done
}
{
    printf 'P5\n28 28\n255\n'
    row '\0' 112
    for _ in $(seq 20); do
        row '\0' 13
        row '\0377' 2
        row '\0' 13
    done
    row '\0' 112
} >-x.pgm
{
    printf 'P5\n60 100\n255\n'
    row '\0377' 1200
    for _ in $(seq 60); do
        row '\0377' 28
        row '\020' 6
        row '\0377' 26
    done
    row '\0377' 1200
} >'a b/page.pgm'
model=lenet5.safetensors
expect 0 lenet5-predict $model -- -x.pgm 'a b/page.pgm'
[ "$(wc -l <stdout)" = 2 ] || say "lenet5-predict: expected a line per picture"
expect 0 lenet5-predict --raw --show --top 3 $model ./-x.pgm
[ "$(wc -l <stdout)" = 29 ] || say "lenet5-predict --show: expected 28 rows and a result"
expect 65 lenet5-predict --raw $model 'a b/page.pgm'
"$programs/lenet5-predict" $model - <-x.pgm >stdout 2>stderr || say "lenet5-predict -"
expect 66 lenet5-predict --json $model missing.png -- -x.pgm $model
check_json stdout file label probabilities
[ "$(grep -c '"file":' stdout)" = 1 ] || say "lenet5-predict: the readable picture is missing"
[ "$(wc -l <stderr)" = 2 ] || say "lenet5-predict: expected a line per unreadable picture"

# Two digits, a bar and a ring, and one of each kind of page without any.
{
    printf 'P5\n160 100\n255\n'
    row '\0377' 3200
    for y in $(seq 60); do
        row '\0377' 30
        row '\020' 8
        row '\0377' 42
        case $y in
        [1-8] | 5[3-9] | 60) row '\020' 50 ;;
        *)
            row '\020' 8
            row '\0377' 34
            row '\020' 8
            ;;
        esac
        row '\0377' 30
    done
    row '\0377' 3200
} >two.pgm
{
    printf 'P5\n60 100\n255\n'
    row '\0377' 6000
} >blank.pgm
expect 0 lenet5-predict --many $model two.pgm 'a b/page.pgm'
grep -Eqx 'two.pgm: [0-9]{2} \([0-9] [0-9.]+ %; [0-9] [0-9.]+ %\)' stdout ||
    say "lenet5-predict --many: $(head -n 1 stdout)"
[ "$(wc -l <stdout)" = 2 ] || say "lenet5-predict --many: expected a line per picture"
expect 0 lenet5-predict --many --show $model two.pgm
[ "$(wc -l <stdout)" = 57 ] || say "lenet5-predict --many --show: expected 56 rows and a result"
expect 0 lenet5-predict --many --json $model two.pgm
check_json stdout file digits label probabilities line left top width height
[ "$(field left stdout)" = 30 ] && [ "$(field height stdout)" = 60 ] ||
    say "lenet5-predict --many: another box"
expect 65 lenet5-predict $model two.pgm
grep -q -e '2 digits side by side, expected one in the picture; --many' stderr ||
    say "two digits are not said to be two"
expect 65 lenet5-predict --many $model blank.pgm
grep -q 'blank.pgm: no ink' stderr || say "a blank page is not said to be so"
expect 64 lenet5-predict --many --raw $model two.pgm

[ $failures = 0 ]
