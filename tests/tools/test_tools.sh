#!/usr/bin/env bash
# The programs as their users meet them: test_tools.sh DIRECTORY_OF_THE_PROGRAMS
set -mu # jobs of their own, so that they do not start with SIGINT ignored

# shellcheck source=tests/support/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/scratch.sh"
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

# seal MODEL: gives a model file that was changed by hand its SHA-256 again, as docs/model-file.md says.
seal() {
    local zeros digest
    zeros=$(printf '%064d' 0)
    LC_ALL=C sed -i 's/\(\\"sha256\\":\\"\)[0-9a-f]\{64\}/\1'"$zeros/" "$1"
    digest=$(sha256sum <"$1")
    LC_ALL=C sed -i 's/\(\\"sha256\\":\\"\)0\{64\}/\1'"${digest%% *}/" "$1"
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
for program in lenet5-train lenet5-eval lenet5-predict lenet5-summary lenet5-data lenet5-convert; do
    for option in --help --version; do
        expect 0 $program $option
        [ -s stdout ] || say "$program $option: nothing on stdout"
        [ -s stderr ] && say "$program $option: something on stderr"
    done
    expect 64 $program --no-such-option
    case $program in lenet5-summary | lenet5-data | lenet5-convert) continue ;; esac
    expect 64 $program --threads 8x
    [ "$(wc -l <stderr)" = 1 ] || say "$program --threads 8x: expected one line"
    for value in '' -1 65 ' 1' 99999999999999999999; do
        expect 64 $program --threads "$value"
    done
done
# OpenBLAS's kernels are no older than the CPU, unless the user wants them.
if grep -qw fma /proc/cpuinfo && grep -qw avx2 /proc/cpuinfo && "$programs/lenet5-train" --version | grep -q DYNAMIC_ARCH; then
    wanted=${OPENBLAS_CORETYPE-}
    unset OPENBLAS_CORETYPE
    expect 0 lenet5-train --version
    grep -qE '^kernels   (Haswell|Zen|SkylakeX|Cooperlake|SapphireRapids)$' stdout ||
        say "--version: old kernels, $(grep '^kernels' stdout)"
    export OPENBLAS_CORETYPE=Prescott
    expect 0 lenet5-train --version
    grep -q '^kernels   Prescott$' stdout || say '--version: OPENBLAS_CORETYPE does not count'
    export OPENBLAS_CORETYPE="$wanted"
    [ -n "$wanted" ] || unset OPENBLAS_CORETYPE
fi
expect 64 lenet5-train surplus
expect 64 lenet5-train --lr nan
expect 64 lenet5-train --seed -1
expect 64 lenet5-train --seed 99999999999999999999
expect 64 lenet5-train --optimizer sdg
expect 64 lenet5-train --momentum 1
expect 64 lenet5-train --preset lenet6
expect 64 lenet5-train --label-smoothing 1.5
expect 64 lenet5-train --shift -1
mkdir -p there
expect 74 lenet5-train --data tiny --out there
grep -q -e '--out: there is a directory$' stderr || say "--out there: $(cat stderr)"
expect 64 lenet5-train --data tiny --val-split 1.5
grep -q 'is 1.5, expected a share below 1 or a whole number of images$' stderr || say "--val-split 1.5: $(cat stderr)"
expect 64 lenet5-eval
expect 64 lenet5-predict model

# The examples work where nothing but LENET5_DATA tells where MNIST is.
for program in train eval predict summary data; do
    expect 0 lenet5-$program --help
    grep -e '--data mnist' -e 'info mnist' -e 'show mnist' stdout &&
        say "lenet5-$program --help: an example needs MNIST in the cache"
done

# A mistyped name is corrected.
expect 64 lenet5-train --preset lenet6
grep -q "; did you mean 'lenet5'?$" stderr || say "--preset lenet6: no suggestion"
expect 64 lenet5-train --epocs=3
grep -q "^lenet5-train: did you mean '--epochs'?$" stderr || say "--epocs: no suggestion"
for option in --zzzzzz --e --epochs; do
    expect 64 lenet5-train $option
    grep -q 'did you mean' stderr && say "$option: a suggestion"
done
expect 64 lenet5-data ifno
grep -q "did you mean 'info'?" stderr || say "lenet5-data ifno: no suggestion"
for command in 'lenet5-train --data' 'lenet5-data info'; do
    # shellcheck disable=SC2086 # words
    expect 66 $command minst
    grep -q "^lenet5-[a-z]*: minst: no such directory and no known data set (mnist, .*); did you mean 'mnist'?$" stderr ||
        say "$command minst: $(cat stderr)"
done
expect 66 lenet5-train --data cifar10
grep -q 'did you mean' stderr && say "--data cifar10: a suggestion"

# What a preset names is what the model file holds.
for preset in lenet5 lenet5-tanh; do
    expect 0 "${train_tiny[@]}" --preset "$preset" --label-smoothing 0.1 --shift 2 --json
    [ "$(field model stdout)" = "$preset" ] || say "--preset $preset trained $(field model stdout)"
done

# Data that is missing or damaged.
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
for content in 'Dear reader' 'short'; do
    echo "$content" >text.txt
    expect 65 lenet5-summary text.txt
    grep -q 'text.txt: not a model file (.safetensors): it is of an unknown kind' stderr || say "a text as model: $(cat stderr)"
done
printf 'P5 2 2 255 abcd' >swapped.pgm
expect 65 lenet5-predict swapped.pgm model.safetensors
grep -q 'it is a PGM picture' stderr && grep -q 'swapped.pgm is a picture; the model comes first' stderr ||
    say "a picture as model: $(cat stderr)"
expect 65 lenet5-eval tiny/train-labels-idx1-ubyte

# Built-in digits: training, evaluation, the same weights on any number of threads.
expect 0 lenet5-train --epochs 1 --threads 1 --json --history history.csv
mv stdout train.json
grep -q 'no MNIST' stderr || say "built-in digits are not announced"
grep -q $'\r' stderr && say "progress redraws where there is no terminal"
check_json train.json model parameters backend threads seed epochs train_samples train_seconds \
    samples_per_second train_loss val_accuracy test_accuracy test_error test_loss recipe curve epoch batch-size weights_sha256 out
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

# No error of 20 images is no proof: Wilson's interval ends at z^2 / (n + z^2).
expect 0 lenet5-data generate few --train 10 --test 20 --seed 3
expect 0 lenet5-eval --data few lenet5.safetensors
grep -qx 'error     0.00 % (95 % interval: 0.00 to 16.11 %)' stdout || say "0 of 20 errors: $(grep ^error stdout)"
expect 0 lenet5-eval --data few --json lenet5.safetensors
tr -d '\n\t' <stdout | grep -q '"error_interval":\[0, *0.1611' || say "--json: another interval for 0 of 20 errors"

# The machine's own check.
expect 0 lenet5-train --self-test
grep -qx 'result     ok' stdout || say "--self-test does not say that all is well"
expect 0 lenet5-train --self-test --json --preset lenet5-tanh
check_json stdout result kernels sgemm_products sgemm_worst backend_difference weights_sha256
[ "$(grep -o '"[0-9a-f]\{64\}"' stdout | sort -u | wc -l)" = 1 ] ||
    say "--self-test: the weights depend on the number of threads"

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

# What networks consist of, from presets and from a file.
presets=$("$programs/lenet5-summary" --list-presets | sed -n 's/^\([a-z][a-z0-9-]*\) (.*/\1/p')
[ "$(wc -w <<<"$presets")" -ge 8 ] || say "--list-presets: found only" $presets
for preset in $presets; do
    [ "$preset" = lecun1998 ] && continue
    expect 0 lenet5-summary --preset "$preset"
    grep -Eq '^in all +61,706 +416,520 +246,824 ' stdout || say "$preset: other totals"
    for parameters in 156 2,416 48,120 10,164 850; do
        grep -Eq "\) +$parameters " stdout || say "$preset: no layer of $parameters parameters"
    done
done
# The paper's own network, counted as the paper counts.
expect 0 lenet5-summary --preset lecun1998
grep -Eq '^in all +60,000 +326,520 +240,000 ' stdout || say "lecun1998: other totals"
for parameters in 156 12 1,516 32 48,120 10,164; do
    grep -Eq "\) +$parameters " stdout || say "lecun1998: no layer of $parameters parameters"
done
grep -q '^340,908 connections' stdout || say "lecun1998: other connections"
expect 0 lenet5-summary --preset lecun1998 --explain
for line in '5 * 5 * 60 of 6 * 16 connected maps + 16 biases = 1,516' '(1 coefficient + 1 bias) * 16 = 32' \
    'in all: 60,000 parameters, 326,520 multiply-accumulates, 340,908 connections'; do
    grep -qF -- "$line" stdout || say "lenet5-summary --explain: no line $line"
done
expect 0 lenet5-summary --preset torch-sigmoid --json --diagram diagram.svg
check_json stdout model input fit scale shift classes layers parameters macs parameter_bytes activation_bytes
[ "$(field fit stdout)" = resize ] || say "lenet5-summary --json: another fit"
tail -n 5 stdout | grep -q '"macs":[[:space:]]*416520,' || say "lenet5-summary --json: other totals"
for text in 'input' 'C1' '6@28x28' 'S4' '16@5x5' 'C5' '5x5 convolution' 'sigmoid' '120' 'output' '10'; do
    grep -q ">$text<" diagram.svg || say "diagram.svg: no text $text"
done
python3 -c 'import xml.dom.minidom, sys; xml.dom.minidom.parse(sys.argv[1])' diagram.svg 2>/dev/null ||
    ! command -v python3 >/dev/null || say "diagram.svg: no XML"
expect 0 lenet5-summary --preset keras-dropout --explain
for line in '= (32 - 5 + 2 * 0) / 1 + 1 = 28' '= (10 - 2) / 2 + 1 = 5' 'output depth  = number of kernels = 6' \
    'parameters    = (5 * 5 * 6 + 1) * 16 = 2,416' '2,400 weights * 10 * 10 places = 240,000' \
    '= 16 * 5 * 5 = 400' 'parameters    = (400 + 1) * 120 = 48,120' \
    'in all: 61,706 parameters, 416,520 multiply-accumulates'; do
    grep -qF -- "$line" stdout || say "lenet5-summary --explain: no line $line"
done
expect 0 lenet5-summary lenet5.safetensors
grep -Eq '^in all +61,706 +416,520 ' stdout || say "lenet5-summary of a file: other totals"
expect 64 lenet5-summary --preset lenet5 lenet5.safetensors
expect 64 lenet5-summary --preset lenet6
expect 66 lenet5-summary missing.safetensors
expect 74 lenet5-summary --diagram missing/diagram.svg
expect 74 lenet5-summary --diagram tiny
[ -z "$(find . -name '*.tmp')" ] || say "lenet5-summary: a temporary file is left"

# Pages: whole, by themselves, and with --json's numbers.
check_page() { # DIRECTORY JSON
    local page=$1/report.html
    [ -s "$page" ] || { say "$page is missing"; return; }
    grep -Eq '(src|href)="(https?:)?//' "$page" && say "$page loads from elsewhere"
    [ "$(grep -o '<script' "$page" | wc -l)" = 1 ] || say "$page has scripts"
    sed -n '/<script/,/<\/script>/p' "$page" | sed 's/.*id="numbers">//; s/<\/script>//; s/\\u003c/</g' >numbers.json
    diff -q <(grep -v '^$' numbers.json) <(grep -v '^$' "$2") >diff || say "$page: other numbers than --json's"
    [ -z "$(find "$1" -name '*.tmp')" ] || say "$1: a temporary file is left"
    command -v python3 >/dev/null || return
    python3 - "$1" <<'END' || say "$1: not well-formed"
import glob, html.parser, json, sys, xml.dom.minidom
class Page(html.parser.HTMLParser):
    open_tags, text, titles = [], "", 0
    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "link", "img", "br"):
            self.open_tags.append(tag)
    def handle_endtag(self, tag):
        assert self.open_tags.pop() == tag, tag
    def handle_startendtag(self, tag, attributes):
        pass
    def handle_data(self, data):
        self.text += data
page = Page()
page.feed(open(sys.argv[1] + "/report.html", encoding="utf-8").read())
assert not page.open_tags, page.open_tags
for file in glob.glob(sys.argv[1] + "/*.svg"):
    xml.dom.minidom.parse(file)
numbers = json.load(open("numbers.json"))
accuracy = numbers.get("test_accuracy", numbers.get("accuracy"))
assert "%.2f %%" % (100 * accuracy) in page.text, accuracy
END
}
page_tests() {
    expect 0 lenet5-train --data tiny --epochs 3 --val-split 20 --report 'a b/page' --json --out page.safetensors
    check_page 'a b/page' stdout
    for picture in loss.svg accuracy.svg architecture.svg confusion.svg features.svg samples.png wrong.png \
        kernels.png maps-C3.png; do
        [ -s "a b/page/$picture" ] || say "--report: no $picture"
    done
    # The command line and the version come first; the drawings scroll on a narrow screen; one section of mistakes.
    local page='a b/page/report.html'
    grep -q '<code>lenet5-train --data tiny --epochs 3 --val-split 20 --report a b/page' "$page" ||
        say "--report: no command line"
    [ "$(grep -o '<h2>[^<]*' "$page" | head -n 1)" = '<h2>Run' ] || say "--report: the run does not come first"
    [ "$(grep -c '<h2>.*istakes' "$page")" = 1 ] || say "--report: mistakes are shown twice"
    grep -q "<td>$("$programs/lenet5-train" --version | sed -n '1s/lenet5-train \([^ ]*\).*/\1/p')</td>" "$page" ||
        say "--report: no version"
    # 1200 and 400 pixels, less the page's margins.
    for fit in architecture:1088 accuracy:368 loss:368; do
        least=$(sed -n 's/.*min-width: \([0-9]*\)px.*/\1/p' "a b/page/${fit%:*}.svg")
        [ "$least" -le "${fit#*:}" ] || say "${fit%:*}.svg: at least $least pixels, expected ${fit#*:} or fewer"
    done
    [ "$(grep -c '<svg' "$page")" = "$(grep -c '<svg.*min-width: [1-9]' "$page")" ] ||
        say "--report: a drawing shrinks until it cannot be read"
    # Both lines of the loss chart are without label smoothing: with a rate of 0 it changes neither.
    for smoothing in 0 0.9; do
        expect 0 lenet5-train --data tiny --epochs 2 --lr 0 --val-split 20 --label-smoothing $smoothing \
            --report loss$smoothing --out loss.safetensors
        grep -qx "report  *loss$smoothing/report.html" stdout || say "--report: where it is is not said"
    done
    cmp -s loss0/loss.svg loss0.9/loss.svg || say "--report: the loss chart has label smoothing"
    grep -q 'on 20 of the images trained on' loss0/report.html || say "--report: the chart's samples are not said"
    expect 0 lenet5-train --data tiny --preset lecun1998 --epochs 2 --halvings 2 --watch --history watched.csv \
        --report paper --json --out paper.safetensors
    check_page paper stdout
    for picture in error.svg sizes.svg rejection.svg codes.png maps-S2.png; do
        [ -s "paper/$picture" ] || say "--report: no $picture"
    done
    head -n 1 watched.csv | grep -q ',train_error,test_error$' || say "--watch: no such columns"
    [ "$(tail -n 1 watched.csv | cut -d, -f10)" = "$(field test_error stdout)" ] ||
        say "--watch: the last test error is not the result's"
    grep -c '"samples":' stdout | grep -qx 2 || say "--halvings 2: expected two smaller numbers of images"
    expect 0 lenet5-eval --data tiny --report page --batch 64 --json paper.safetensors
    expect 64 lenet5-train --data tiny --halvings 1 --from paper.safetensors --out unwritten.safetensors
    expect 64 lenet5-train --data tiny --halvings 8 --out unwritten.safetensors
    expect 0 lenet5-eval --data tiny --report page --batch 64 --json page.safetensors
    check_page page stdout
    check_json stdout error_deviation batch_samples batch_correct batch_accuracy f1
    [ "$(field batch_samples stdout)" = 64 ] || say "lenet5-eval --batch: another number of images"
    cp stdout first.json
    expect 0 lenet5-eval --data tiny --batch 64 --json page.safetensors
    cmp -s stdout first.json || say "lenet5-eval --batch: other images by the same seed"
    expect 0 lenet5-eval --data tiny --batch 100 --json page.safetensors # all there are, each once
    [ "$(field batch_accuracy stdout)" = "$(field accuracy stdout)" ] ||
        say "lenet5-eval --batch: all images give another accuracy, so some came twice"
    expect 0 lenet5-eval --data tiny --json page.safetensors
    for name in samples correct accuracy; do
        [ "$(field batch_$name stdout)" = null ] || say "lenet5-eval --json without --batch: batch_$name is not null"
    done
    cp stdout first.json
    expect 0 lenet5-eval --data tiny --json --own-mean page.safetensors
    [ "$(field loss stdout)" != "$(field loss first.json)" ] || say "lenet5-eval --own-mean changes nothing"
    expect 0 lenet5-eval --data tiny --batch 1 --own-mean page.safetensors
    grep -Eq '^random batch  (0|100)\.00 % \([01] of 1\)$' stdout || say "lenet5-eval --batch: no line"
    expect 64 lenet5-eval --data tiny --batch 101 page.safetensors
    for directory in missing/page history.csv; do
        expect 74 lenet5-train --data tiny --report $directory --out unwritten.safetensors
        [ -e unwritten.safetensors ] && say "--report $directory: refused after training"
        expect 74 lenet5-eval --data tiny --report $directory page.safetensors
    done
    # Names from a model file are text, whatever is in them.
    LC_ALL=C sed 's/"0\\",\\"1\\",\\"2\\",/"<\/\&\\",\\"\\",\\"\\",/' page.safetensors >named.safetensors
    cmp -s page.safetensors named.safetensors && say "the model's class names were not changed"
    expect 65 lenet5-eval --data tiny named.safetensors
    seal named.safetensors
    expect 0 lenet5-eval --data tiny --report named --json named.safetensors
    grep -q '&lt;/&amp;<' named/report.html || say "--report: a class's name is not escaped"
    check_page named stdout
    sed -n '/<script/,$p' named/report.html | grep -q '</&' && say "--report: a class's name could end the numbers"
}
if "$programs/lenet5-eval" --data tiny --report page lenet5.safetensors 2>&1 >stdout | grep -q libpng; then
    expect 1 lenet5-train --data tiny --report page --out unwritten.safetensors
    [ -e unwritten.safetensors ] && say "--report without libpng: refused after training"
else
    page_tests
fi

# Data: to files, to pictures, and back.
expect 0 lenet5-data generate drawn --train 300 --test 40
expect 0 lenet5-data info drawn --json
check_json stdout data split images rows cols mean deviation classes name
[ "$(field images stdout)" = 300 ] || say "lenet5-data generate: another number of images"
expect 0 lenet5-data info drawn --split test
grep -q '^9 *4$' stdout || say "lenet5-data info: no line for class 9"
expect 0 lenet5-data show drawn --count 3
[ "$(wc -l <stdout)" = 45 ] || say "lenet5-data show: expected three images of 14 lines and their labels"
cp stdout plain
expect 0 lenet5-data show drawn --count 3 --augment strong
[ "$(wc -l <stdout)" = 51 ] || say "lenet5-data show --augment: expected three images of 16 lines"
expect 0 lenet5-train --data drawn --augment default --rotate 3 --val-split 0 --epochs 1
expect 64 lenet5-data
expect 64 lenet5-data surplus
expect 64 lenet5-data generate
grep -q 'expected 1 argument, found 0' stderr || say "lenet5-data generate: $(cat stderr)"
expect 66 lenet5-data verify
grep -q 'fetch NAME` downloads one' stderr || say "lenet5-data verify: $(cat stderr)"
expect 66 lenet5-data info missing
expect 66 lenet5-data import missing back
expect 65 lenet5-data import tiny back
expect 74 lenet5-data generate missing/drawn
folder_tests() {
    expect 0 lenet5-data export drawn pictures
    [ "$(find pictures -name '*.png' | wc -l)" = 300 ] || say "lenet5-data export: expected 300 pictures"
    echo nothing >pictures/3/broken.png
    expect 0 lenet5-data import pictures back --held-out 0.1
    grep -q 'left out: .*broken.png' stderr || say "lenet5-data import: a broken picture is not named"
    expect 0 lenet5-data info back
    local images
    images=$(sed -n 's/^images *\([0-9]*\) .*/\1/p' stdout)
    [ "$images" -gt 240 ] && [ "$images" -lt 295 ] || say "lenet5-data import: $images training images"
    expect 0 lenet5-data show drawn --png grid.png
    expect 0 lenet5-predict lenet5.safetensors pictures/0/00000.png
}
round_trip_tests() { # pictures as they are come back as the same bytes, with their classes' names
    mkdir -p clothes/{Coat,Bag,Sandal}
    for class in Coat Bag Sandal; do
        cp pictures/1/*1.png clothes/$class
    done
    expect 0 lenet5-data import clothes clothed --raw --held-out 0
    [ "$(tr '\n' ' ' <clothed/classes.txt)" = 'Bag Coat Sandal ' ] || say "lenet5-data import: classes.txt"
    expect 0 lenet5-data info clothed
    grep -q '^Coat  *[0-9]' stdout || say "lenet5-data info: classes.txt is not read"
    expect 0 lenet5-data export clothed again
    cmp -s "$(find again/Bag -name '*.png' | sort | head -n 1)" "$(find clothes/Bag -name '*.png' | sort | head -n 1)" ||
        say "lenet5-data import --raw: other pixels came back"
    cp clothed/train-images-idx3-ubyte clothed/t10k-images-idx3-ubyte
    cp clothed/train-labels-idx1-ubyte clothed/t10k-labels-idx1-ubyte
    expect 0 lenet5-train --data clothed --val-split 0 --epochs 1 --out clothed.safetensors
    expect 0 lenet5-summary clothed.safetensors
    grep -q '84 *3' stdout || grep -q '255' stdout || say "lenet5-train: not as many outputs as classes.txt has"
    expect 0 lenet5-predict clothed.safetensors --raw pictures/0/00000.png
    grep -Eq 'Coat|Bag|Sandal' stdout || say "lenet5-predict: classes without names"
    seq 100 >clothed/classes.txt
    expect 65 lenet5-data info clothed
    grep -q 'classes.txt: expected the names of 1 to' stderr || say "100 classes: $(cat stderr)"
}
if "$programs/lenet5-data" show drawn --png grid.png 2>&1 | grep -q libpng; then
    expect 1 lenet5-data export drawn pictures
else
    folder_tests
    round_trip_tests
fi

# Data sets by name: what is known, where it is, and what is not there.
expect 0 lenet5-data list
[ "$(grep -c '^[a-z]' stdout)" = 7 ] || say "lenet5-data list: expected seven data sets"
expect 0 lenet5-data list --json
check_json stdout datasets name title licence train test classes path
expect 64 lenet5-data fetch mnits
grep -q "did you mean 'mnist'?" stderr || say "lenet5-data fetch mnits: no suggestion"
mkdir -p there
for command in fetch verify; do
    expect 64 lenet5-data $command there
    grep -q "$command: expected a known data set (mnist, .*), found 'there'$" stderr || say "$command there: $(cat stderr)"
    grep -q built-in stderr && say "$command there: built-in"
done
expect 64 lenet5-data verify mnits
expect 66 lenet5-data verify kmnist
expect 66 lenet5-data info kmnist
grep -q 'lenet5-data fetch kmnist' stderr || say "a known data set that is not here: no hint"
mkdir -p home/.cache/lenet5
cp -r tiny home/.cache/lenet5/kmnist
cp -r tiny home/.cache/lenet5/mnist
expect 0 lenet5-data info kmnist
grep -q '^tsu ' stdout || say "kmnist: its classes have no names"
expect 0 lenet5-data verify kmnist
[ "$(grep -c '^? .*hash is known' stdout)" = 4 ] || say "lenet5-data verify kmnist: $(cat stdout)"
expect 65 lenet5-data verify
[ "$(grep -c '^BAD .*mnist/' stdout)" = 4 ] || say "lenet5-data verify: $(cat stdout)"
expect 65 lenet5-data verify --json
check_json stdout files dataset path file good found
rm -r home
HOME=relative expect 74 lenet5-data fetch mnist
if ! "$programs/lenet5-data" fetch mnist --mirror http://127.0.0.1:1/ 2>&1 | grep -q 'cannot download'; then
    expect 69 lenet5-data fetch mnist --mirror http://127.0.0.1:1/
    [ "$(wc -l <stderr)" = 2 ] || say "lenet5-data fetch: $(cat stderr)"
    [ -e home/.cache/lenet5/mnist/train-images-idx3-ubyte.gz ] && say "lenet5-data fetch: a file out of nothing"
fi
rm -rf home

# Letters count from 1 and lie on their side; the network gets as many outputs as there are letters.
letters=emnist-letters
mkdir $letters
for split in train test; do
    idx_images $letters/emnist-letters-$split-images-idx3-ubyte 78400
    printf '\0\0\10\1\0\0\0\144' >$letters/emnist-letters-$split-labels-idx1-ubyte
    for _ in $(seq 25); do
        printf '\1\2\31\32'
    done >>$letters/emnist-letters-$split-labels-idx1-ubyte
done
expect 0 lenet5-data info $letters
grep -q '^Z  *25$' stdout || say "$letters: $(cat stdout)"
expect 0 lenet5-train --data $letters --val-split 0 --epochs 1 --out letters.safetensors --json
[ "$(field parameters stdout)" = 63066 ] || say "$letters: $(field parameters stdout) parameters, expected 63066"
expect 0 lenet5-eval --data $letters letters.safetensors
grep -q '\bZ\b' stdout || say "$letters: lenet5-eval knows no Z"
cp tiny/* $letters
expect 0 lenet5-data info $letters
mkdir both
cp $letters/* both
expect 65 lenet5-data info both
grep -q 'put each into a directory of its own' stderr || say "two data sets in one place: $(cat stderr)"

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

# Presets: all are listed; one whose test images are trained on is refused before training.
expect 0 lenet5-train --list-presets
for preset in lenet5 lenet5-tanh keras-dropout torch-conv5 keras-adam torch-relu keras-sgd \
    torch-sigmoid; do
    grep -q "^$preset (" stdout || say "--list-presets: no $preset"
done
rm -f appended
train_appended=(lenet5-train --data tiny --preset keras-dropout --epochs 1 --out appended)
expect 64 "${train_appended[@]}" # 66 of 200
grep -q 'the 100 test images have to be held out' stderr || say "--with-test: why not is not said"
expect 64 "${train_appended[@]}" --holdout random --val-split 100
expect 64 "${train_appended[@]}" --val-split 99
[ -e appended ] && say "--with-test: a model was trained on test images"
expect 0 "${train_appended[@]}" --with-test --holdout last --val-split 100 --json
[ "$(field train_samples stdout)" = 100 ] || say "--with-test: $(field train_samples stdout) trained on"
[ "$(field val_accuracy stdout)" = "$(field test_accuracy stdout)" ] ||
    say "--with-test: the test images are not those held out"
grep -q 'not independent' stderr || say "--with-test: no warning"
expect 0 "${train_tiny[@]}" --loss cross-entropy-twice
grep -q 'softmax of a softmax' stderr || say "--loss cross-entropy-twice: no warning"

# Fashion-MNIST is told by its directory's name, and the model file knows its classes from then on.
cp -r tiny Fashion-MNIST
expect 0 lenet5-train --data Fashion-MNIST --epochs 1 --out fashion
expect 0 lenet5-eval --data tiny fashion
grep -q 'Ankle boot' stdout || say "Fashion-MNIST: its classes have no names"

# Histories: JSON Lines by their name; with --from lines are added and epochs count on.
epochs() { # FILE: the numbers of its lines
    sed -n 's/^{"epoch":\([0-9]*\),.*}$/\1/p; s/^\([0-9][0-9]*\),.*/\1/p' "$1" | tr '\n' ' '
}
for history in added.jsonl added.csv; do
    expect 0 "${train_tiny[@]}" --epochs 2 --history $history --out added
    expect 0 "${train_tiny[@]}" --epochs 2 --history $history --from added
    [ "$(epochs $history)" = '1 2 3 4 ' ] || say "$history: epochs $(epochs $history)"
done
[ "$(wc -l <added.jsonl) $(wc -l <added.csv)" = '4 5' ] || say "added histories: other lines"
while read -r line; do
    echo "$line" >line
    check_json line epoch train_loss train_accuracy val_loss val_accuracy learning_rate seconds \
        samples_per_second
done <added.jsonl
expect 0 "${train_tiny[@]}" --history added.csv
[ "$(epochs added.csv)" = '1 ' ] || say "a history without --from does not start anew"
for history in stranger stranger.jsonl; do
    echo 'no history' >$history
    expect 74 "${train_tiny[@]}" --history $history --from added
    [ "$(cat $history)" = 'no history' ] || say "$history: changed"
done
tail -n 1 added.csv >added.ndjson # a line of the other format
expect 74 "${train_tiny[@]}" --history added.ndjson --from added
[ "$(wc -l <added.ndjson)" = 1 ] || say "added.ndjson: changed"
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
