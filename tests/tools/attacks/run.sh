#!/usr/bin/env bash
# Hostile files given to the tools: run.sh DIRECTORY_OF_THE_TOOLS [none|SANITIZERS]. A line of a table
# beside this file is one file; the tool has to refuse it with exit status 65 and one line on stderr that
# names the file and says what the table says, within a second of CPU time and little memory.
set -u

tools=$(cd "$1" && pwd) || exit 1
sanitizers=${2-none}
tables=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export OMP_NUM_THREADS=1
count=0 failures=0

say() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# refuse NAME MESSAGE PROGRAM ARGUMENT...
refuse() {
    local name=$1 message=$2 status before
    shift 2
    (
        ulimit -t 2 # seconds of CPU, rounded up
        # OpenBLAS maps 128 MiB before main; sanitizers map terabytes.
        [ "$sanitizers" != none ] || ulimit -v 1000000
        exec "$tools/$1" "${@:2}" >stdout 2>stderr </dev/null
    )
    status=$?
    count=$((count + 1))
    [ $status = 65 ] || say "$name '$message': exit status $status, expected 65: $(head -n 3 stderr)"
    [ -s stdout ] && say "$name '$message': something on stdout"
    [ "$(wc -l <stderr)" = 1 ] || say "$name '$message': $(wc -l <stderr) lines on stderr, expected 1"
    grep -qF -- "$message" stderr || say "$name: expected '$message', found '$(cat stderr)'"
    grep -q "$name" stderr || say "$name '$message': the file is not named: $(cat stderr)"
}

# each TABLE FUNCTION: the function gets the message, with the bytes in the file `bytes`.
each() {
    while IFS=$'\t' read -r message bytes; do
        case $message in "#"* | "") continue ;; esac
        # shellcheck disable=SC2059 # they are formats
        printf -- "${bytes//%/%%}" >bytes
        "$2" "$message"
    done < <(sed '/^#/d' "$tables/$1")
}

mkdir data
images=data/t10k-images-idx3-ubyte labels=data/t10k-labels-idx1-ubyte
right_images='\0\0\10\3\0\0\0\12\0\0\0\1\0\0\0\0011234567890' right_labels='\0\0\10\1\0\0\0\12\0\1\2\3\4\5\6\7\10\11'

attack_images() {
    printf "$right_labels" >$labels
    mv bytes $images
    refuse t10k "$1" lenet5-data info --split test data
}
attack_labels() {
    printf "$right_images" >$images
    mv bytes $labels
    refuse t10k "$1" lenet5-data info --split test data
}
attack_pictures() {
    mv bytes picture
    refuse picture "$1" lenet5-predict model.safetensors picture
}
attack_models() {
    local length
    length=$(wc -c <bytes)
    # shellcheck disable=SC2059
    printf "$(printf '\\x%02x' $((length % 256)) $((length / 256)))\0\0\0\0\0\0" | cat - bytes >evil
    head -c 48 /dev/zero >>evil
    refuse evil "$1" lenet5-summary evil
}

# What is right is accepted, or the refusals would prove nothing.
# shellcheck disable=SC2059
printf "$right_images" >$images && printf "$right_labels" >$labels
"$tools/lenet5-data" info --split test data >stdout || say "right data are refused"
"$tools/lenet5-data" generate drawn --train 200 --test 50 --quiet || say "no digits"
"$tools/lenet5-train" --data drawn --epochs 1 --quiet --val-split 0 --out model.safetensors >stdout || say "no model"

each images attack_images
each labels attack_labels
each pictures attack_pictures
each models attack_models

# 64 MiB of zeros in 64 kB, behind a header of ten pixels; headers that promise gigabytes.
# shellcheck disable=SC2059
printf "$right_labels" >$labels
(printf "$right_images" && head -c 67108864 /dev/zero) | gzip -9 >$images
refuse t10k "there is more in the file than its header promises" lenet5-data info --split test data
(printf '\0\0\10\3\0\0\377\377\0\0\20\0\0\0\20\0' && head -c 1000000 /dev/zero) | gzip -9 >$images
refuse t10k "more than the" lenet5-data info --split test data

(printf '\0\0\10\3\0\0\0\101\0\0\20\0\0\0\20\0' && head -c 1100000 /dev/urandom) | gzip >$images
refuse t10k "gzip'ed files are read up to 1073741824; unpack it first" lenet5-data info --split test data

# Files with holes, larger than anything that is read.
truncate -s 67108865 picture
refuse picture "too large, more than 67108864 bytes" lenet5-predict model.safetensors picture
truncate -s 1100000000 evil
refuse evil "has 1100000000 bytes, expected 8 to" lenet5-summary evil

echo "$count hostile files, $failures failures"
exit $((failures > 0))
