#!/usr/bin/env python3
"""Checks what the documents refer to: tests/audit/documents.py [SOURCE_DIR]

- A relative link in a Markdown file leads to a file, and its #anchor to a heading of that file.
- A path such as src/train/schedule.c exists, in Markdown and in comments of C files; * and {a,b} work as in a shell.
- README.md has at most 160 lines.

Prints each broken reference on a line; the exit status is 1 if there is one. It first checks itself on a small tree.
"""

import itertools
import pathlib
import re
import sys
import tempfile

FOLDERS = ("src", "tests", "tools", "bench", "docs", "include", "datasets")
README_LINES = 160
IGNORED = ("datasets/mnist",)  # the user's data, which git ignores
PATH = re.compile(r"(?<![\w./~$-])(?:%s)/[\w./*{},-]*" % "|".join(FOLDERS))


def slugs(text):
    """The anchors that GitHub gives to a document's headings."""
    found = {}
    for heading in re.findall(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = found[slug] = found.get(slug, -1) + 1
        yield f"{slug}-{count}" if count else slug


def broken_links(root, document):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        name, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            continue  # another site
        path = document.parent / name if name else document
        if not path.exists():
            yield f"no such file: {target}"
        elif anchor and anchor not in slugs(path.read_text()):
            yield f"no such heading: {target}"


def alternatives(path):
    """src/{a,b}.c -> src/a.c, src/b.c"""
    parts = [part[1:-1].split(",") if part[:1] == "{" else [part] for part in re.split(r"(\{[^}]*\})", path)]
    return ("".join(choice) for choice in itertools.product(*parts))


def broken_paths(root, text):
    for mention in sorted(set(PATH.findall(text))):
        for path in alternatives(mention.rstrip(".,")):
            if not path.startswith(IGNORED) and not any(root.glob(path)):
                yield f"no such file: {path}"


def without_links(text):
    return re.sub(r"\]\([^)\s]+\)", "]", text)


def problems(root):
    documents = [*root.glob("*.md"), *(path for folder in FOLDERS for path in (root / folder).rglob("*.md"))]
    for path in sorted(documents):
        for problem in itertools.chain(broken_links(root, path), broken_paths(root, without_links(path.read_text()))):
            yield f"{path.relative_to(root)}: {problem}"
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.[ch]")):
        comments = "\n".join(re.findall(r"/\*.*?\*/|//[^\n]*", path.read_text(), re.S))
        for problem in broken_paths(root, comments):
            yield f"{path.relative_to(root)}: {problem}"
    lines = len((root / "README.md").read_text().splitlines())
    if lines > README_LINES:
        yield f"README.md: {lines} lines, at most {README_LINES} are allowed"


def check_self():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "src").mkdir()
        (root / "src/a.c").write_text("/* see src/a.c and src/gone.c */\nconst char *path = \"src/a string\";\n")
        (root / "README.md").write_text(
            "# The first page\n[a](src/a.c) [b](src/none.c) [c](#the-first-page) [d](#another) [e](https://x.org/y)\n"
            "`src/{a,b}.c` `src/*.c` `src/*.py` build/src/x\n" + "\n" * README_LINES)
        expected = ["README.md: no such file: src/none.c", "README.md: no such heading: #another",
                    "README.md: no such file: src/*.py", "README.md: no such file: src/b.c", "src/a.c: no such file: src/gone.c",
                    f"README.md: {README_LINES + 3} lines, at most {README_LINES} are allowed"]
        found = list(problems(root))
        if found != expected:
            sys.exit("the check itself fails:\n" + "\n".join(found))


check_self()
found = list(problems(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()))
print("\n".join(found) if found else "every reference leads somewhere")
sys.exit(1 if found else 0)
