#!/bin/bash
# lenet5-train writes its options beside each model, and --config repeats the run to the bit.
#     tests/tools/test_config.sh PROGRAMS_DIR
set -euo pipefail
PATH=$(realpath -- "$1"):$PATH
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cd "$scratch"
export HOME=$scratch
unset LENET5_DATA XDG_CACHE_HOME
failures=0

say() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

train() { lenet5-train --quiet "$@" >/dev/null; }

refused() { # CODE WORDS ARGUMENT...
    local code=$1 words=$2 status=0
    shift 2
    lenet5-train --epochs 1 --out none.safetensors "$@" >stdout 2>stderr || status=$?
    [ "$status" = "$code" ] || say "$*: expected exit status $code, found $status"
    grep -qF -- "$words" stderr || say "$*: expected '$words', found '$(cat stderr)'"
    [ ! -s stdout ] && [ ! -e none.safetensors ] || say "$*: went on"
}

lenet5-data generate --quiet --train 1000 --test 100 data >/dev/null
# Values that have to come through whole, and switches both ways.
train --data data --seed 18446744073709551615 --lr 0.012345678901234567 --no-nesterov --augment strong \
    --rotate 7.3 --epochs 1 --threads 1 --out a.safetensors
train --data data --preset torch-sigmoid --optimizer adamw --epochs 1 --f6-activation on --nesterov \
    --out b.safetensors
train --data data --preset keras-dropout --no-with-test --epochs 1 --dropout 0.4 --out c.safetensors
for name in a b c; do
    train --config $name.json --out again.safetensors
    cmp $name.safetensors again.safetensors || say "$name: other weights"
    cmp $name.json again.json || say "$name: another run"
done
grep -q '"threads"\|"out"' a.json && say "what belongs to the machine is in the file"

# The command line has the last word, on either side of --config.
train --config a.json --seed 5 --out one.safetensors
train --seed 5 --config=a.json --out other.safetensors
cmp one.safetensors other.safetensors || say "the place of --config matters"
cmp -s one.safetensors a.safetensors && say "--seed beside --config did nothing"
lenet5-train --config b.json --help | grep -q 'torch-sigmoid \[torch-sigmoid\]\|\[torch-sigmoid\]' ||
    say "--help does not show what --config sets"
lenet5-train --help --no-such-option >/dev/null || say "--help minds what is behind it"

# What is there under the name and is no run stays.
echo '{"my": "data"}' >mine.json
lenet5-train --data data --epochs 1 --out mine.safetensors 2>stderr >/dev/null
[ "$(cat mine.json)" = '{"my": "data"}' ] || say "mine.json was replaced"
grep -q 'mine.json is no config file' stderr || say "mine.json: nothing said"

refused 66 "--config: none.json: No such file" --config none.json
refused 65 "mine.json is not a config file of lenet5-train" --config mine.json
sed 's/"epochs"/"epoch"/' a.json >bad.json
refused 65 "bad.json: unknown option 'epoch'" --config bad.json
sed 's/"lr":[^,]*/"lr": [1]/' a.json >bad.json
refused 65 "bad.json: 'lr' has a value of the wrong type" --config bad.json
sed 's/"epochs":[^,]*/"epochs": 1.5/' a.json >bad.json
refused 64 "--epochs: expected a whole number" --config bad.json
sed 's/"epochs"/"out": "none.safetensors", "epochs"/' a.json >bad.json
refused 65 "unknown option 'out'" --config bad.json
sed 's/"version":[^,]*/"version": 2/' a.json >bad.json
refused 65 "is not a config file of lenet5-train, version 1" --config bad.json
head -c 300 a.json >bad.json
refused 65 "is not a config file of lenet5-train" --config bad.json

[ $failures = 0 ] && echo "all well"
exit $((failures != 0))
