#!/usr/bin/python3
"""Does the image hold what the operator needs? check_image.py IMAGE_PY PROGRAM

Builds the layout, checks every digest and size in it, builds it again for the same bytes,
and, where this user may do so, starts the program inside the unpacked layer and nothing
else: a library that is missing there would show. Status 77 when that part was left out."""
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
    image, program = argv[1:]
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        for name in ("first", "second"):
            subprocess.run([image, program, work / name], check=True, stdout=subprocess.DEVNULL)
        layer = check(work / "first")
        assert layer == check(work / "second"), "two builds differ"
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
