#!/usr/bin/env python3
"""lenet5-data fetch against a server that truncates, redirects, hangs and serves what it should not.

Argument: lenet5-data built with known_toy.c. The first folder of an address says how the server behaves.
"""
import fcntl
import gzip
import hashlib
import http.server
import io
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
OK, DATA, UNAVAILABLE, IO = 0, 65, 69, 74
PAGE = b"<html>Sorry, the server is being mended.</html>"
NAMES = [f"{split}-{kind}-ubyte.gz" for split in "ab" for kind in ("images-idx3", "labels-idx1")]
# Bytes that gzip cannot make much smaller, so that halves of a file are many bytes.
CONTENTS = {name: bytes(random.Random(name).choices(range(64), k=3000)) for name in NAMES}
SERVED = {name: gzip.compress(content, mtime=0) for name, content in CONTENTS.items()}
log = []


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        *_, how, name = self.path.split("/")
        first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        log.append((how, name, first))
        body = SERVED.get(name)
        if how == "hang":
            time.sleep(60)
        elif how in ("moved", "loop"):
            self.answer(302, Location=f"/{'loop' if how == 'loop' else 'good'}/{name}")
        elif how == "page":
            self.answer(200, PAGE, Content_Type="text/html")
        elif body is None or how not in ("good", "whole", "cut", "wrong", "long"):
            self.answer(404)
        else:
            self.serve(how, bytes(~byte & 255 for byte in body) if how == "wrong" else body, 0 if how == "whole" else first)

    def serve(self, how, body, first):
        if first and first >= len(body):
            return self.answer(416)
        rest = body[first:] * (2 if how == "long" else 1)
        headers = {"Content_Range": f"bytes {first}-{len(body) - 1}/{len(body)}"} if first else {}
        sent = rest[:len(rest) // 2] if how == "cut" else rest
        return self.answer(206 if first else 200, sent, len(rest), **headers)

    def log_message(self, *_):
        pass


class Fetch(unittest.TestCase):
    def setUp(self):
        """Every test has an empty cache and an empty log."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.proxy = {}
        self.addCleanup(SERVED.pop, "all.zip", None)
        self.prepare("good")

    def prepare(self, *hows):
        """A new cache, and these mirrors."""
        self.cache = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.toy = self.cache / "lenet5" / "toy"
        self.mirrors = [f"http://127.0.0.1:{port}/{how}/" for how in hows]
        self.archive = []
        self.files = {name: {"size": 0, "sha256": sha256(SERVED[name]), "md5": "-", "raw": "-"} for name in NAMES}
        log.clear()

    def fetch(self, code, word):
        lines = [f"mirror {mirror}" for mirror in self.mirrors] + self.archive
        lines += [f"file {name} {' '.join(map(str, file.values()))}" for name, file in self.files.items()]
        (self.folder / "toy").write_text("\n".join(lines) + "\n")
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment |= {"TOY_DATASET": str(self.folder / "toy"), "XDG_CACHE_HOME": str(self.cache)} | self.proxy
        done = subprocess.run([PROGRAM, "fetch", "toy", "--timeout", "2"], env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(word, done.stderr)

    def fetch_all(self, word):
        self.fetch(OK, word)
        for name in NAMES:
            self.assertEqual((self.toy / name).read_bytes(), SERVED[name])
            self.assertFalse(self.part(name).exists())

    def part(self, name):
        return self.toy / f"{name}.part"

    def put_part(self, name, content):
        self.toy.mkdir(parents=True, exist_ok=True)
        self.part(name).write_bytes(content)

    def test_fetches_once(self):
        self.fetch_all("bytes from http://127.0.0.1")
        self.assertTrue((self.toy / "SHA256SUMS").exists())
        log.clear()
        self.fetch(OK, "here already, SHA-256 as published")
        self.assertEqual(log, [])

    def test_goes_on_where_it_was_cut(self):
        self.prepare("cut", "good")
        self.fetch_all("after ")
        self.assertIn(("cut", NAMES[0], 0), log)
        self.assertGreater(next(first for how, name, first in log if (how, name) == ("good", NAMES[0])), 100)

    def test_keeps_what_was_cut_for_the_next_time(self):
        self.prepare("cut")
        self.fetch(UNAVAILABLE, "the same command continues later")
        self.assertTrue(self.part(NAMES[0]).exists())
        self.assertFalse((self.toy / NAMES[0]).exists())
        self.mirrors = [f"http://127.0.0.1:{port}/good"]  # without a slash
        log.clear()
        self.fetch_all("bytes from")
        self.assertNotIn(("good", NAMES[0], 0), log)

    def test_starts_anew_where_it_cannot_go_on(self):
        # The second server goes on, but the part has other bytes; the third part is longer than the file.
        for how, part, word in (("whole", bytes(1000), "bytes from"), ("good", bytes(1000), "SHA-256 is"),
                                ("good", bytes(8000), "bytes from")):
            self.prepare(how)
            self.put_part(NAMES[0], part)
            self.fetch_all(word)

    def test_takes_a_whole_part(self):
        self.prepare("none")
        for name in NAMES:
            self.put_part(name, SERVED[name])
        self.fetch_all("")
        self.assertEqual(log, [])

    def test_follows_redirections(self):
        self.prepare("moved")
        self.fetch_all("bytes from")
        self.prepare("loop", "good")
        self.fetch_all("redirect")

    def test_refuses_another_file(self):
        for how, word in (("wrong", "SHA-256 is"), ("page", "maybe an error page"), ("long", "more than")):
            self.prepare(how)
            for name, file in self.files.items():
                file["size"] = len(SERVED[name])
            self.fetch(DATA, word)
            self.assertEqual(list(self.toy.glob(NAMES[0] + "*")), [])
            self.prepare(how, "good")
            self.fetch_all("bytes from")

    def test_deletes_nothing_for_a_wrong_one(self):
        self.fetch(OK, "")
        changed = SERVED[NAMES[1]] + b"!"
        (self.toy / NAMES[1]).write_bytes(changed)
        good, self.mirrors = self.mirrors, [f"http://127.0.0.1:{port}/wrong/"]
        self.fetch(DATA, "nothing was changed")
        for name in NAMES:
            self.assertEqual((self.toy / name).read_bytes(), changed if name == NAMES[1] else SERVED[name])
        self.mirrors = good
        self.fetch_all("it is replaced")

    def test_tries_the_next_mirror(self):
        self.prepare("none", "hang", "good")
        start = time.monotonic()
        self.fetch_all("404")
        self.assertLess(time.monotonic() - start, 20)

    def test_gives_up_on_silence(self):
        self.prepare("hang")
        start = time.monotonic()
        self.fetch(UNAVAILABLE, "download failed from 1 mirror")
        self.assertLess(time.monotonic() - start, 20)
        self.prepare("none")
        self.fetch(UNAVAILABLE, "404")
        self.mirrors = ["http://127.0.0.1:1/"]
        self.fetch(UNAVAILABLE, "127.0.0.1")
        self.mirrors = [f"file://{self.folder}/"]
        self.fetch(UNAVAILABLE, "download failed")

    def test_goes_through_a_proxy(self):
        self.mirrors = ["http://data.invalid/good/"]
        self.proxy = {"http_proxy": f"http://127.0.0.1:{port}"}
        self.fetch_all("data.invalid")

    def test_takes_what_was_packed_anew(self):
        other = sha256(b"another packing")
        self.files = {name: {"size": 0, "sha256": other, "md5": "-", "raw": sha256(CONTENTS[name])} for name in NAMES}
        self.fetch_all("bytes from")
        # Unpacked by hand, it is known by its content.
        plain = self.toy / NAMES[3].removesuffix(".gz")
        plain.write_bytes(CONTENTS[NAMES[3]])
        (self.toy / NAMES[3]).unlink()
        self.fetch(OK, "SHA-256 of the content as published")
        self.assertFalse((self.toy / NAMES[3]).exists())
        plain.write_bytes(CONTENTS[NAMES[3]] + b"!")
        self.fetch_all("SHA-256 of the content is")

    def test_knows_md5_where_there_is_no_more(self):
        self.prepare("wrong", "good")
        for name, file in self.files.items():
            file |= {"sha256": "-", "md5": hashlib.md5(SERVED[name]).hexdigest()}
        self.fetch_all("MD5 is")
        self.fetch(OK, "MD5 as published")

    def test_notices_what_changed_since(self):
        for file in self.files.values():
            file["sha256"] = "-"
        self.fetch_all("bytes from")
        self.fetch(OK, f"{NAMES[0]}: here already, as it was")
        (self.toy / NAMES[0]).write_bytes(gzip.compress(b"another content"))
        self.fetch_all("it is replaced")
        (self.toy / NAMES[1]).write_bytes(SERVED[NAMES[1]][:50])
        self.fetch_all("does not unpack")
        (self.toy / NAMES[2]).unlink()
        self.fetch_all(f"{NAMES[2]}: {len(SERVED[NAMES[2]])} bytes from")
        (self.toy / "SHA256SUMS").unlink()
        self.fetch(OK, f"{NAMES[3]}: here already, no hash was published")

    def test_says_what_it_cannot_write(self):
        (self.cache / "lenet5").write_bytes(b"")  # a file in the directory's place
        self.fetch(IO, "Not a directory")
        self.prepare("good")
        self.put_part(NAMES[0], b"")
        with open(self.part(NAMES[0]), "rb+") as part:
            fcntl.flock(part, fcntl.LOCK_EX)
            self.fetch(IO, "another lenet5-data is writing it")

    def serve_archive(self, names, damage=b""):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in names:
                archive.writestr(f"gzip/{name}", SERVED[name])
        content = bytearray(packed.getvalue())
        content[200:200 + len(damage)] = damage
        SERVED["all.zip"] = bytes(content)
        self.archive = [f"archive all.zip {sha256(content)}"]
        for file in self.files.values():
            file["sha256"] = "-"

    def test_unpacks_an_archive(self):
        self.serve_archive(NAMES)
        self.fetch_all("all.zip")
        log.clear()
        self.fetch(OK, "here already")
        # The archive stays for the other data sets that are in it.
        (self.toy / NAMES[2]).unlink()
        self.fetch_all("from ")
        self.assertEqual(log, [])
        self.prepare("good")
        self.serve_archive(NAMES[:3])
        self.fetch(DATA, f"gzip/{NAMES[3]}: No such file")
        self.assertEqual(list(self.toy.glob(NAMES[3].removesuffix(".gz") + "*")), [])

    def test_notices_a_damaged_archive(self):
        self.serve_archive(NAMES, b"damage")
        self.fetch(DATA, "")
        self.assertFalse((self.toy / NAMES[0]).exists())


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
port = server.server_address[1]
threading.Thread(target=server.serve_forever, daemon=True).start()
unittest.main()
