#!/usr/bin/env bash
# The programs where things are not as they should be: test_environment.sh DIRECTORY_OF_THE_PROGRAMS
# Full and read-only places, limits, signals, closed descriptors, missing directories, other languages,
# odd names. What needs root or a tool that is not here is left out, and said.
set -mu # jobs of their own, so that they do not start with SIGINT ignored

programs=$(cd "$1" && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
mounts=()
finish() {
    cd /
    for place in "${mounts[@]}"; do
        umount "$place"
    done
    rm -rf "$scratch"
}
trap finish EXIT
cd "$scratch" || exit 1
unset LENET5_DATA XDG_CACHE_HOME
export HOME=$scratch/home
failures=0

say() {
    echo "FAILED: $*"
    failures=$((failures + 1))
    [ ! -s stderr ] || sed 's/^/    /' stderr
}

# expect CODE WHAT COMMAND...: runs it, output in stdout and stderr, and checks the exit status.
expect() {
    local code=$1 what=$2 status
    shift 2
    "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
    status=$?
    [ "$status" = "$code" ] || (cd "$scratch" && say "$what: expected exit status $code, found $status")
}

refused() { # WHAT COMMAND...: it fails to read or write, and says so in one line for each file
    expect 74 "$@"
    grep -q '^lenet5-' "$scratch/stderr" || say "$1: failed without a word"
}

weights() { # FILE
    sed -n 's/.*"weights_sha256":[[:space:]]*"\([0-9a-f]*\)".*/\1/p' "$1"
}

no_temporaries() { # WHAT DIRECTORY
    [ -z "$(find "$2" -name '*.tmp' -o -name '*.lock')" ] || say "$1: a temporary file is left"
}

train_program=$programs/lenet5-train
"$programs/lenet5-data" generate tiny --train 200 --test 50 --quiet || exit 1
train=("$train_program" --data "$scratch/tiny" --quiet --json --epochs 2 --threads 1)
expect 0 "training" "${train[@]}" --out old
cp stdout whole.json
expect 0 "other weights" "${train[@]}" --out other --seed 2 # what stands where a save fails

# A disk that is full: one with room for one model, but not for the next one beside it.
if mkdir full && mount -t tmpfs -o size=300k none full 2>stderr; then
    mounts+=("$scratch/full")
    cp other full/model
    refused "full disk" "${train[@]}" --out full/model
    cmp -s other full/model || say "full disk: the old model is damaged"
    no_temporaries "full disk" full
    expect 74 "full disk: checkpoints" "${train[@]}" --out model --checkpoint full/checkpoint
    grep -q 'No space left' stderr || say "full disk: not said"
    cmp -s old model || say "full disk: training did not go on without checkpoints"
    [ ! -e full/checkpoint ] || say "full disk: a checkpoint"
    no_temporaries "full disk" full
    head -c 300000 /dev/zero >full/model 2>stderr
    [ ! -s stderr ] || : >stderr
    "$train_program" --data tiny --report missing/page --out model 2>&1 | grep -q libpng ||
        expect 74 "full disk: report" "${train[@]}" --out model --report full/page
    rm full/model
    mount -o remount,size=1500k full # for one checkpoint, but not for the second beside it
    expect 74 "disk full later" "${train[@]}" --out model --checkpoint full/checkpoint
    expect 0 "disk full later: resumed" "${train[@]}" --out full/model --checkpoint full/checkpoint --resume \
        --checkpoint-every 9epochs
    [ "$(weights stdout)" = "$(weights whole.json)" ] || say "disk full later: other weights"
else
    echo "left out: full disks, for want of mount's permission"
fi

# A directory nothing can be written into; root is kept out by nothing but a read-only file system.
if mkdir locked && cp other locked/model && if [ "$(id -u)" = 0 ]; then
    mount --bind locked locked 2>stderr && mounts+=("$scratch/locked") && mount -o remount,ro,bind locked
else
    chmod 555 locked
fi; then
    for option in --out --checkpoint --history; do
        refused "read-only: $option" "${train[@]}" --out unwritten $option locked/model2
        [ ! -e unwritten ] || say "read-only: $option found out after training"
    done
    refused "read-only: the model" "${train[@]}" --out locked/model
    cmp -s other locked/model || say "read-only: the old model is damaged"
    expect 0 "read-only: reading" "$programs/lenet5-eval" --data tiny locked/model
else
    echo "left out: read-only directories, for want of mount's permission"
fi

# No file may be larger than 100 kB: SIGXFSZ would end the process in the middle of a save.
limited() {
    (ulimit -f 100 && "$@")
}
cp other model
refused "file-size limit" limited "${train[@]}" --out model
cmp -s other model || say "file-size limit: the old model is damaged"
no_temporaries "file-size limit" .

# Output that goes nowhere.
"${train[@]}" --out closed >&- 2>stderr
[ $? = 74 ] || say "closed stdout: expected exit status 74"
cmp -s closed old || say "closed stdout: the model is not saved"
"${train[@]}" --out closed <&- >stdout 2>&-
[ $? = 0 ] || say "closed stdin and stderr: expected exit status 0"
"$train_program" --help | head -n 1 >stdout
statuses=("${PIPESTATUS[@]}")
[ "${statuses[0]}" = 0 ] || say "--help | head: exit status ${statuses[0]}"
mkfifo pipe
(exec 9<pipe; sleep 0.1) & # a reader that leaves before there is anything to read
"${train[@]}" --out piped >pipe 2>stderr
[ $? = 0 ] || say "a reader that is gone: expected exit status 0"
[ -s stderr ] && say "a reader that is gone: complaints"
cmp -s piped old || say "a reader that is gone: the model is not saved"
wait

# Signals: the batch ends, a checkpoint is written, and the run goes on from it to the same weights.
signal() { # SIGNAL CODE
    local pid status
    rm -f run.checkpoint* history.csv
    "${train[@]}" --epochs 100 --out model --checkpoint run.checkpoint --checkpoint-every 1000000s \
        --history history.csv >stdout 2>stderr &
    pid=$!
    for _ in $(seq 600); do
        [ -f history.csv ] && [ "$(wc -l <history.csv)" -gt 1 ] && break
        sleep 0.05
    done
    kill -s "$1" $pid
    wait $pid
    status=$?
    [ $status = "$2" ] || say "$1: expected exit status $2, found $status"
    [ -e run.checkpoint ] || say "$1: no checkpoint"
    expect 0 "$1: resumed" "${train[@]}" --epochs 100 --out model --checkpoint run.checkpoint --resume \
        --checkpoint-every 1000000s --history history.csv
    [ "$(weights stdout)" = "$(weights long.json)" ] || say "$1: other weights after resuming"
    [ "$(wc -l <history.csv)" = 101 ] || say "$1: a history of $(wc -l <history.csv) lines"
}
expect 0 "a longer run" "${train[@]}" --epochs 100 --out model
cp stdout long.json
signal INT 130
signal TERM 143

# Two Ctrl-C: at once, in the middle of a batch that takes long, and nothing is written.
"$programs/lenet5-data" generate large --train 8000 --test 10 --quiet || exit 1
cp other model
"$train_program" --data large --epochs 1 --backend naive --threads 1 --batch-size 7200 --out model >stdout 2>stderr &
pid=$!
sleep 1.5 # until it trains
kill -INT $pid
sleep 0.3
kill -0 $pid 2>kill.log || say "one Ctrl-C ended the program within a batch"
kill -INT $pid
started=$(date +%s%N)
wait $pid
status=$?
[ $status = 130 ] || say "two Ctrl-C: expected exit status 130, found $status"
[ $((($(date +%s%N) - started) / 1000000)) -lt 1000 ] || say "two Ctrl-C: not at once"
cmp -s model other || say "two Ctrl-C: the old model is gone"

# No home, or one that is none.
for home in '' relative /nonexistent; do
    expect 0 "HOME='$home'" env HOME="$home" "$programs/lenet5-data" info
    grep -q 'built-in' stdout stderr || say "HOME='$home': other data"
done
expect 0 "no HOME" env -u HOME "$programs/lenet5-data" info

# A working directory that is gone: paths from the root still lead somewhere.
mkdir gone
cd gone || exit 1
rmdir ../gone
expect 0 "no working directory" "${train[@]}" --out "$scratch/there" --checkpoint "$scratch/there.checkpoint"
refused "no working directory: a relative model" "${train[@]}" --out here
refused "no working directory: a relative checkpoint" "${train[@]}" --out "$scratch/there" --checkpoint here
cd "$scratch" || exit 1
cmp -s there old || say "no working directory: another model"

# A language that writes 0,1: files and results are the same.
if mkdir locales && localedef -i de_DE -f UTF-8 locales/de_DE.UTF-8 2>stderr; then
    german=(env LOCPATH="$scratch/locales" LC_ALL=de_DE.UTF-8)
    [ "$("${german[@]}" bash -c 'printf %.1f 0,5' 2>stderr)" = 0,5 ] || say "de_DE: no German here"
    expect 0 "de_DE" "${german[@]}" "${train[@]}" --lr 0.05 --out german --checkpoint german.checkpoint \
        --history german.csv
    cp stdout german.json
    expect 0 "plain" "${train[@]}" --lr 0.05 --out plain --checkpoint german.checkpoint --resume --history plain.csv
    cmp -s german plain || say "de_DE: another model"
    cmp -s german.csv plain.csv || say "de_DE: another history"
    diff <(grep -v seconds german.json | grep -v '"out"') <(grep -v seconds stdout | grep -v '"out"') >difference ||
        say "de_DE: another result"
else
    echo "left out: the German locale, for want of localedef"
fi

# Names with anything in them.
newline=$'new\nline'
for name in 'two words' 'Grüße' '-dash' "$newline" '%s%n' "it's"; do
    mkdir -- "$name"
    cp tiny/* "./$name"
    expect 0 "names like '$name'" "$train_program" --data="$name" --quiet --json --epochs 2 --threads 1 \
        --out="$name/$name" --checkpoint="$name/$name.checkpoint" --history="$name/$name.csv"
    cmp -s "./$name/$name" old || say "names like '$name': another model"
    expect 0 "names like '$name': eval" "$programs/lenet5-eval" --data="$name" -- "$name/$name"
    expect 66 "names like '$name': missing" "$programs/lenet5-eval" --data tiny -- "$name/missing"
    [ "$(wc -l <stderr)" = 1 ] || say "names like '$name': more than one line"
    cd "./$name" || exit 1
    expect 0 "a name like '$name' alone" "$programs/lenet5-eval" --data=../tiny -- "$name"
    cd "$scratch" || exit 1
done

# Permissions are those of any new file.
(umask 077 && expect 0 "umask" "${train[@]}" --out private --checkpoint private.checkpoint)
[ "$(stat -c %a private private.checkpoint | sort -u)" = 600 ] || say "umask 077: others may read"

[ $failures = 0 ]
