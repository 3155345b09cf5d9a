#!/bin/bash
# What the tools write to a terminal: a progress bar that redraws its line, and no colours, with NO_COLOR
# (no-color.org) and without; to a dumb terminal and into a file plain lines without any escape. Argument: the folder
# of the programs.
set -uo pipefail
programs=$(cd "$1" && pwd)
command -v script >/dev/null || { echo 'skipped: no script (Debian: bsdutils)'; exit 77; }
script -qec true /dev/null >/dev/null 2>&1 </dev/null ||
    { echo 'skipped: no pseudo terminal here; /dev/pts is not mounted'; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
say() { echo "FAILED: $1"; failures=$((failures + 1)); }
escape=$'\033'

# Trains under a pseudo terminal with these variables; what came out is in seen.
"$programs/lenet5-data" generate digits --train 12000 --test 100 --quiet || say 'no data'
train='lenet5-train --data digits --epochs 1 --threads 1 --report report'
on_terminal() { # VARIABLE=VALUE...
    env "$@" script -qec "stty cols 80; exec $programs/$train" /dev/null >seen </dev/null ||
        say "$*: it failed: $(cat seen)"
}

on_terminal TERM=xterm
grep -q "${escape}\[K" seen || say 'no progress bar on a terminal'
grep -q 'ETA\|%' seen || say 'no share of the work in the progress bar'
cp seen colourful
grep -q "${escape}\[[0-9;]*m" seen && say 'colours on a terminal'
on_terminal TERM=xterm NO_COLOR=1
grep -q "${escape}\[[0-9;]*m" seen && say 'colours in spite of NO_COLOR'
grep -q "${escape}\[K" seen || say 'NO_COLOR takes the progress bar, too'
on_terminal TERM=dumb
grep -q "$escape" seen && say 'escapes on a dumb terminal'
grep -q 'epoch' seen || say 'no line per epoch on a dumb terminal'
on_terminal -u TERM
grep -q "$escape" seen && say 'escapes on an unknown terminal'

# shellcheck disable=SC2086 # words
TERM=xterm "$programs/"$train >out 2>messages || say 'it failed without a terminal'
grep -q "$escape" out messages && say 'escapes in a file'
grep -q 'epoch' messages || say 'no line per epoch in a file'
TERM=xterm script -qec "$programs/lenet5-summary --preset lenet5; $programs/lenet5-train --help" /dev/null >seen </dev/null
grep -q "$escape" seen && say 'escapes in a table or a help text'

[ "$failures" = 0 ] || exit 1
echo 'terminal: all right'
