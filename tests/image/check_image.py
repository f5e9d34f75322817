#!/usr/bin/python3
"""Does the image hold what the operator needs? check_image.py [--static] IMAGE_PY PROGRAM

Builds the layout, checks every digest and size in it, builds it again for the same bytes,
and, where this user may do so, starts the program inside the unpacked layer and nothing
else: a library that is missing there would show. With --static there must be no library:
two files are all. Status 77 when the start was left out, or the program was not built."""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

SKIPPED = 77
FILES = {"usr/bin/rctl-operator", "etc/ssl/certs/ca-certificates.crt"}


def blob(folder, reference):
    data = (folder / "blobs" / reference["digest"].replace(":", "/")).read_bytes()
    assert len(data) == reference["size"], f"{reference['digest']}: another size"
    assert "sha256:" + hashlib.sha256(data).hexdigest() == reference["digest"], "another digest"
    return data


def check(folder):
    """The unpacked layer."""
    index = json.loads((folder / "index.json").read_text())
    manifest = json.loads(blob(folder, index["manifests"][0]))
    config = json.loads(blob(folder, manifest["config"]))
    layer = gzip.decompress(blob(folder, manifest["layers"][0]))
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(layer).hexdigest()]
    assert config["config"]["User"] == "65532:65532", "runs as somebody else"
    return layer


def main(argv):
    image, program = argv[-2:]
    if not Path(program).exists():
        print(f"left out: {program} is not there (make static)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        for name in ("first", "second"):
            subprocess.run([image, program, work / name], check=True, stdout=subprocess.DEVNULL)
        layer = check(work / "first")
        assert layer == check(work / "second"), "two builds differ"
        with tarfile.open(fileobj=io.BytesIO(layer)) as files:
            held = {info.name for info in files if info.isfile()}
        assert FILES == held if "--static" in argv else FILES < held, f"it holds {sorted(held)}"
        if os.geteuid() != 0:
            print("left out: only root may start the program inside the layer")
            return SKIPPED
        root = work / "root"
        with tarfile.open(fileobj=io.BytesIO(layer)) as files:
            files.extractall(root)
        done = subprocess.run(["chroot", "--userspec=65532:65532", root,
                               "/usr/bin/rctl-operator", "--version"], capture_output=True, text=True)
        assert done.returncode == 0 and "rctl-operator" in done.stdout, done.stderr
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
