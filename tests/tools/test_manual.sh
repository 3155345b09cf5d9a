#!/bin/bash
# Manual pages and completions against --help, from which they must not differ, and their own checkers
# where they are here: mandoc, bash, zsh, fish.
#     tests/tools/test_manual.sh BUILD_DIR PROGRAM...
set -euo pipefail
build=$(realpath -- "$1")
shift
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cd "$scratch"
export XDG_CONFIG_HOME=$scratch XDG_DATA_HOME=$scratch
failures=0

say() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

has() { command -v "$1" >/dev/null || { echo "no $1: skipped"; return 1; }; }

# What the examples need beside lenet5-train's own, which run first; they are to find this small data set.
unset LENET5_DATA
export XDG_CACHE_HOME=$scratch/cache
mkdir -p cache/lenet5 examples
"$build/tools/lenet5-data" generate cache/lenet5/mnist --train 200 --test 50 --quiet
if "$build/tools/lenet5-data" export mnist pictures --count 1 --quiet 2>err; then
    cp pictures/*/*.png examples/digit.png
    cp pictures/*/*.png examples/page.png
fi
prepare() { # PROGRAM
    [ "$1" != lenet5-convert ] ||
        "$build/tools/lenet5-convert" examples/{lenet5.safetensors,weights.npz} >out 2>&1 || echo 'no npz: skipped'
}

for program; do
    prepare "$program"
    tool=$build/tools/$program
    "$tool" --help=all >help
    "$tool" --help >common
    for form in man bash zsh fish; do
        "$tool" --help=$form >$form
    done
    options=$(grep -oE '^ {2,6}(-[a-zA-Z], +)?--[a-z0-9-]+' help | grep -oE -- '--[a-z0-9-]+')
    [ "$(wc -l <<<"$options")" -ge 6 ] || say "$program: few options in --help"
    for option in $options; do
        name=${option#--}
        grep -qF -- "\\fB\\-\\-${name//-/\\-}\\fR" man ||
            say "$program: $option is not in the manual page"
        grep -qE -- "[' ]$option[' ]" bash || say "$program: $option is not completed by bash"
        grep -qE -- "$option[]=}[]" zsh || say "$program: $option is not completed by zsh"
        grep -qE -- " -l $name( |$)" fish || say "$program: $option is not completed by fish"
    done
    # The help without rare options says how to see them; both end with examples, as the manual page does.
    hidden=$(sed -n 's/^\([0-9]*\) more options: .* --help=all$/\1/p' common)
    [ $(($(grep -cE '^ {2,6}(-[a-zA-Z], +)?--[a-z]' common) + ${hidden:-0})) = "$(wc -l <<<"$options")" ] ||
        say "$program: --help shows and hides other options than --help=all"
    [ $program != lenet5-train ] || [ "${hidden:-0}" -gt 15 ] || say "$program: --help hides $hidden options"
    sed -n '/^Examples:$/,/^$/s/^  \(lenet5-.*\)/\1/p' common >commands
    [ "$(wc -l <commands)" -ge 2 ] || say "$program: no examples"
    while read -r command; do
        grep -qF -- "\\fB${command//-/\\-}\\fR" man || say "$program: not in the manual page: $command"
        case $command in 'lenet5-data fetch '*) continue ;; esac # needs a network
        status=0
        # shellcheck disable=SC2086 # words
        (cd examples && "$build/tools/"$command >../out 2>../err </dev/null) || status=$?
        [ $status = 0 ] || grep -q ' without ' err || say "example: $command: $status, $(cat err)"
    done <commands
    grep -q '^\.SH EXAMPLES' man || say "$program: no examples in the manual page"
    grep -q "^Manual page: man $program$" common || say "$program: --help does not name the manual page"
    for other; do
        grep -qF "\\fB${other//-/\\-}\\fR(1)" man || [ "$other" = "$program" ] ||
            say "$program: SEE ALSO lacks $other"
    done
    cmp man "$build/tools/$program.1" || say "$program.1 is not what the program prints"

    if has mandoc; then
        # The page has no date, so that it is the same in every build.
        mandoc -Tlint man | grep -vE 'STYLE|missing date' && say "$program: mandoc complains"
    fi
    bash -n bash || say "$program: bash cannot read its completion"
    if has zsh; then zsh -n zsh || say "$program: zsh cannot read its completion"; fi
    if has fish; then fish --no-execute fish || say "$program: fish cannot read its completion"; fi

    status=0
    "$tool" --help=html >out 2>err || status=$?
    [ $status = 64 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] || say "$program --help=html"
done

# What bash offers behind some words.
completed() {
    (
        # shellcheck disable=SC1091
        "$build/tools/lenet5-train" --help=bash >train
        . ./train
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _lenet5_train
        echo "${COMPREPLY[*]-}"
    )
}
touch model.safetensors
mkdir directory
expect() {
    local wanted=$1 found
    shift
    found=$(completed "$@")
    [ "$found" = "$wanted" ] || say "bash: '$*' completed to '$found', expected '$wanted'"
}
if type complete >/dev/null 2>&1; then
    expect "--momentum" lenet5-train --mom
    expect "naive" lenet5-train --backend n
    expect "torch-conv5 torch-relu torch-sigmoid" lenet5-train --preset = torch
    expect "keras-dropout keras-adam keras-sgd" lenet5-train -p keras
    expect "model.safetensors" lenet5-train --from mo
    expect "directory" lenet5-train --report d
    expect "" lenet5-train --epochs d
fi
if command -v fish >/dev/null; then
    "$build/tools/lenet5-train" --help=fish >train.fish
    found=$(fish -c 'source train.fish; complete -C "lenet5-train --backend "' | cut -f 1 | xargs)
    [ "$found" = "blas naive" ] || [ "$found" = "naive blas" ] || say "fish: found '$found'"
fi

[ $failures = 0 ] && echo "all well"
exit $((failures != 0))
