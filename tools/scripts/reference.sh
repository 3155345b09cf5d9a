#!/bin/bash
# Usage: tools/scripts/reference.sh [FOLDER]
# Writes the API reference to FOLDER (default build-reference): HTML that Doxygen makes from the public headers. Each
# of Doxygen's warnings is an error.
set -euo pipefail
out=${1:-build-reference}
mkdir -p -- "$out"
out=$(realpath -- "$out")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if ! command -v doxygen >/dev/null; then
    echo "reference.sh: no doxygen (Debian: apt-get install doxygen)" >&2
    exit 69
fi

# The headers' comments are plain C. The filter makes them Doxygen's: the first describes the file, one that follows
# code on its line describes that code, any other describes the next declaration.
filter=$(mktemp)
trap 'rm -f "$filter"' EXIT
cat >"$filter" <<'END_OF_FILTER'
#!/bin/sh
exec sed -E '1s|^/\*|/** @file\n *|
    /[^ ].*\/\* /s|/\* |/**< |
    s|^( *)/\*( .*)?$|\1/**\2|' "$1"
END_OF_FILTER
chmod +x "$filter"

# Only members of structures may have no comment.
log=$out/warnings.txt
version=$(sed -n "s/^ *version: '\(.*\)',$/\1/p" meson.build)
doxygen - <<END_OF_SETTINGS
PROJECT_NAME = lenet5
PROJECT_NUMBER = $version
PROJECT_BRIEF = "Trains and runs LeNet-5 networks"
OUTPUT_DIRECTORY = "$out"
INPUT = include/lenet5
STRIP_FROM_PATH = include
INPUT_FILTER = "$filter"
OPTIMIZE_OUTPUT_FOR_C = YES
TYPEDEF_HIDES_STRUCT = YES
JAVADOC_AUTOBRIEF = YES
MARKDOWN_SUPPORT = NO
AUTOLINK_SUPPORT = YES
SORT_MEMBER_DOCS = NO
MACRO_EXPANSION = YES
EXPAND_ONLY_PREDEF = YES
PREDEFINED = LENET5_API=
EXCLUDE_SYMBOLS = LENET5_API
HAVE_DOT = NO
GENERATE_LATEX = NO
GENERATE_HTML = YES
HTML_OUTPUT = .
DISABLE_INDEX = NO
GENERATE_TREEVIEW = YES
QUIET = YES
WARNINGS = YES
WARN_IF_UNDOCUMENTED = YES
WARN_IF_DOC_ERROR = YES
WARN_NO_PARAMDOC = NO
WARN_LOGFILE = "$log"
END_OF_SETTINGS
if grep -v 'Member .* (variable) of struct .* is not documented' "$log" >&2; then
    echo "reference.sh: Doxygen has warnings" >&2
    exit 65
fi
rm -f "$log"
echo "$out/index.html"
