#!/usr/bin/env python3
"""Whatever a program prints with --json follows the schema that it names (docs/schema), in every form that options
give it, and documents that do not are refused. Arguments: the source folder, the folder of the programs."""
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)

SCHEMAS, PROGRAMS = pathlib.Path(sys.argv[1]).resolve() / "docs/schema", pathlib.Path(sys.argv[2]).resolve()
COMMENTS = {"$schema", "title", "description"}
failures, documents = [], 0


def check_keywords(schema):
    """A keyword that is not the standard's, as a misspelled one, would be ignored."""
    unknown = schema.keys() - COMMENTS - Draft202012Validator.VALIDATORS.keys()
    assert not unknown, f"unknown keywords {unknown}"
    below = [*schema.get("properties", {}).values(), *schema.get("oneOf", []), schema.get("items"),
             schema.get("additionalProperties")]
    for part in below:
        if isinstance(part, dict):
            check_keywords(part)


def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    check_keywords(schema)
    return Draft202012Validator(schema)


def follows(name, command, status=0):
    """Runs a program, whose document must name the schema and follow it. Returns the document."""
    global documents
    documents += 1
    program, *arguments = command.split()
    done = subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True)
    if done.returncode != status:
        failures.append(f"{command}: status {done.returncode}, {done.stderr}")
        return None
    document = json.loads(done.stdout)
    if document.get("schema") != f"{name}/1":
        failures.append(f"{command}: another schema than {name}/1")
    failures.extend(f"{command}: {error.json_path}: {error.message}" for error in validator(name).iter_errors(document))
    return document


def check_programs(train):
    good = follows("lenet5-train", train)
    for more in ("--val-split 0 --preset lenet5-tanh --backend direct",
                 "--halvings 2 --loss mse --out other.safetensors",
                 "--from lenet5.safetensors --out again.safetensors",
                 "--preset lecun1998 --out paper.safetensors"):
        follows("lenet5-train", f"{train} {more}")
    follows("lenet5-self-test", "lenet5-train --self-test --json")
    follows("lenet5-eval", "lenet5-eval --data small --json lenet5.safetensors")
    follows("lenet5-eval", "lenet5-eval --data small --json --batch 32 paper.safetensors")
    for what in ("lenet5", "lecun1998", "keras-dropout", "torch-conv5", "torch-sigmoid"):
        follows("lenet5-summary", f"lenet5-summary --json --preset {what}")
    follows("lenet5-summary", "lenet5-summary --json lenet5.safetensors")
    follows("lenet5-data-info", "lenet5-data info small --json")
    follows("lenet5-data-info", "lenet5-data info small --json --split test")
    follows("lenet5-data-list", "lenet5-data list --json")
    shutil.copytree("small", "cache/lenet5/mnist")
    os.environ["XDG_CACHE_HOME"] = os.path.abspath("cache")
    follows("lenet5-data-list", "lenet5-data list --json")
    verified = follows("lenet5-data-verify", "lenet5-data verify mnist --json", status=65)
    if not verified or all(file["good"] for file in verified["files"]):
        failures.append("verify: drawn digits are taken for MNIST")
    return good


def check_predictions():
    export = subprocess.run([PROGRAMS / "lenet5-data", "export", "small", "pictures", "--count", "2", "--quiet"],
                            capture_output=True, text=True)
    if export.returncode:
        if "without libpng" not in export.stderr:
            failures.append(f"no pictures to read: {export.stderr}")
        return
    pictures = sorted(glob.glob("pictures/*/*.png"))
    for options, images in (("", pictures[0]), ("--raw", " ".join(pictures)), ("--many", pictures[0])):
        follows("lenet5-predict", f"lenet5-predict --json {options} lenet5.safetensors {images}")


def check_refusals(good):
    """What is not as described is refused, each change by itself."""
    changes = {"a missing member": {"seed": None}, "one member more": {"sead": 1}, "a text for a number": {"seed": "1"},
               "a part of a count": {"epochs": 1.5}, "an accuracy above 1": {"test_accuracy": 1.25},
               "a negative error": {"test_error": -0.25}, "an unknown backend": {"backend": "gpu"},
               "a hash that is none": {"weights_sha256": "0123"}, "another version": {"schema": "lenet5-train/2"}}
    schema = validator("lenet5-train")
    for what, change in changes.items():
        (key, value), = change.items()
        if key not in good and key != "sead":
            failures.append(f"{what}: there is no {key}")
        bad = {k: v for k, v in {**good, **change}.items() if value is not None or k != key}
        if schema.is_valid(bad):
            failures.append(f"{what} passes")
    try:
        check_keywords({"properties": {"seed": {"least": 0}}})
        failures.append("a schema with an unknown keyword passes")
    except AssertionError:
        pass


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["LENET5_DATA"] = ""
    subprocess.run([PROGRAMS / "lenet5-data", *"generate small --train 200 --test 100 --quiet".split()], check=True)
    check_refusals(check_programs("lenet5-train --data small --threads 1 --quiet --json --epochs 1"))
    check_predictions()
    os.chdir("/")
print(*failures, f"schema: {documents} documents", sep="\n")
sys.exit(bool(failures))
