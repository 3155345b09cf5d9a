#!/bin/bash
# Whatever a tool prints with --json follows the schema that it names (docs/schema), in every shape that options give it;
# and documents that do not are told apart. Arguments: the source folder, the folder of the programs, check-schema.
set -uo pipefail
source=$(realpath "$1") programs=$(cd "$2" && pwd) checker=$(realpath "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0 documents=0
say() { echo "FAILED: $1"; failures=$((failures + 1)); }

# Runs a tool, whose document must name the schema and follow it.
follows() { # SCHEMA PROGRAM ARGUMENT...
    local name=$1 program=$2
    shift 2
    "$programs/$program" "$@" >document 2>stderr || say "$program $*: status $?, $(cat stderr)"
    grep -q "\"schema\":[[:space:]]*\"$name/1\"" document || say "$program $*: another schema than $name/1"
    "$checker" "$source/docs/schema/$name.schema.json" document 2>where || say "$program $*: $(cat where)"
    documents=$((documents + 1))
    cp document "$documents.$name"
}

"$programs/lenet5-data" generate small --train 200 --test 100 --quiet || say 'no data to work with'
export LENET5_DATA=
train=(lenet5-train --data small --threads 1 --quiet --json --epochs 1)
follows lenet5-train "${train[@]}"
follows lenet5-train "${train[@]}" --val-split 0 --preset lenet5-tanh --backend direct
follows lenet5-train "${train[@]}" --halvings 2 --loss mse --out other.safetensors
follows lenet5-train "${train[@]}" --from lenet5.safetensors --out again.safetensors
follows lenet5-train "${train[@]}" --preset lecun1998 --out paper.safetensors
follows lenet5-self-test lenet5-train --self-test --json
follows lenet5-eval lenet5-eval --data small --json lenet5.safetensors
follows lenet5-eval lenet5-eval --data small --json --batch 32 paper.safetensors
for preset in lenet5 lecun1998 keras-dropout torch-conv5 torch-sigmoid; do
    follows lenet5-summary lenet5-summary --json --preset "$preset"
done
follows lenet5-summary lenet5-summary --json lenet5.safetensors
follows lenet5-data-info lenet5-data info small --json
follows lenet5-data-info lenet5-data info small --json --split test
follows lenet5-data-list lenet5-data list --json
export XDG_CACHE_HOME=$work/cache
mkdir -p cache/lenet5
cp -r small cache/lenet5/mnist
follows lenet5-data-list lenet5-data list --json
"$programs/lenet5-data" verify mnist --json >document 2>stderr # drawn digits are not MNIST: status 65
"$checker" "$source/docs/schema/lenet5-data-verify.schema.json" document 2>where || say "verify: $(cat where)"
grep -q '"good":[[:space:]]*false' document || say 'verify: drawn digits pass for MNIST'
if "$programs/lenet5-data" export small pictures --count 2 --quiet >/dev/null 2>stderr; then
    pictures=(pictures/*/*.png)
    follows lenet5-predict lenet5-predict --json lenet5.safetensors "${pictures[0]}"
    follows lenet5-predict lenet5-predict --json --raw lenet5.safetensors "${pictures[@]}"
    follows lenet5-predict lenet5-predict --json --many lenet5.safetensors "${pictures[0]}"
elif ! grep -q 'without libpng' stderr; then
    say "no pictures to read: $(cat stderr)"
fi

# What is not as described is refused, each change by itself.
schema=$source/docs/schema/lenet5-train.schema.json
"$programs/${train[0]}" "${train[@]:1}" >good
refused() { # WHAT SED
    sed "$2" good >bad
    cmp -s good bad && say "$1: nothing was changed"
    "$checker" "$schema" bad 2>where && say "$1 passes"
}
refused 'a member that lacks' '/"seed":/d'
refused 'a member too many' 's/"seed":/"sead":/'
refused 'a text for a number' 's/"seed":.*/"seed": "1",/'
refused 'a part of a count' 's/"epochs":.*/"epochs": 1.5,/'
refused 'an accuracy above 1' 's/"test_accuracy":.*/"test_accuracy": 1.25,/'
refused 'a negative error' 's/"test_error":.*/"test_error": -0.25,/'
refused 'an unknown backend' 's/"backend":.*/"backend": "gpu",/'
refused 'a hash that is none' 's/"weights_sha256":.*/"weights_sha256": "0123",/'
refused 'another version' 's|lenet5-train/1|lenet5-train/2|'
refused 'no document' 's/^{//'
sed 's/"minimum"/"least"/' "$schema" >schema
"$checker" schema good 2>where && say 'a schema with an unknown keyword passes'

# Somebody else's reading of the same, where it is installed (Debian: python3-jsonschema).
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
    /usr/bin/python3 - "$source/docs/schema" <<'END_OF_PYTHON' || say 'python3-jsonschema disagrees'
import glob, json, os, sys
from jsonschema import Draft202012Validator
documents = 0
for path in glob.glob(os.path.join(sys.argv[1], "*.schema.json")):
    schema = json.load(open(path))
    Draft202012Validator.check_schema(schema)
    name = os.path.basename(path).removesuffix(".schema.json")
    for document in glob.glob("[0-9]*." + name):
        Draft202012Validator(schema).validate(json.load(open(document)))
        documents += 1
assert documents > 15, documents
END_OF_PYTHON
fi

[ "$failures" = 0 ] || exit 1
echo "schema: $documents documents"
