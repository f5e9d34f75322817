#!/usr/bin/python3
"""The operator's image as an OCI layout, without a daemon. image.py [PROGRAM [FOLDER]]

PROGRAM goes into one layer together with the system's CA certificates; it is the static one,
build/static/bin/rctl-operator, where it was built. Another one, build/bin/rctl-operator, takes
its loader and the shared libraries that it names with it. Nothing else is in the layer, no
shell and no package manager. FOLDER (build/image) can be pushed as it is: `skopeo copy
oci:build/image docker://...`, or `crane push`, or be loaded by podman. The same input gives
the same bytes. The process runs as user 65532."""
import gzip
import hashlib
import io
import json
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
PROGRAMS = [TREE / "build/static/bin/rctl-operator", TREE / "build/bin/rctl-operator"]
USER = 65532
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PLATFORMS = {"x86_64": "amd64", "aarch64": "arm64"}


def libraries(program):
    """What the loader would take, and the loader itself, by the paths that it looks at; none
    of a static program."""
    told = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    if "not found" in told:
        sys.exit(f"image: a library of {program} is missing:\n{told}")
    return sorted(set(re.findall(r"(/\S+)(?= \(0x)", told)))


def entry(name, mode, size=0, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.mode, info.size, info.type = mode, size, kind
    return info


def add_parents(layer, path, made):
    for parent in reversed(path.parents):
        name = str(parent).lstrip("/")
        if name and name != "." and name not in made:
            made.add(name)
            layer.addfile(entry(name + "/", 0o755, kind=tarfile.DIRTYPE))


def strip(program):
    """The program without what debuggers read."""
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, program], check=True)
        return Path(stripped.name).read_bytes()


def add(layer, data, target, mode, made):
    add_parents(layer, Path(target), made)
    layer.addfile(entry(target.lstrip("/"), mode, len(data)), io.BytesIO(data))


def make_layer(program):
    text, made = io.BytesIO(), set()
    with tarfile.open(fileobj=text, mode="w", format=tarfile.PAX_FORMAT) as layer:
        add(layer, strip(program), "/usr/bin/rctl-operator", 0o755, made)
        for library in libraries(program):
            add(layer, Path(library).read_bytes(), library, 0o755, made)
        add(layer, CERTIFICATES.read_bytes(), str(CERTIFICATES), 0o644, made)
    return text.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layout:
    def __init__(self, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "blobs/sha256").mkdir(parents=True)

    def put(self, data, media_type):
        """Stores a blob; what refers to it."""
        name = digest(data)
        (self.folder / "blobs" / name.replace(":", "/")).write_bytes(data)
        return {"mediaType": media_type, "digest": name, "size": len(data)}

    def put_json(self, value, media_type):
        return self.put(json.dumps(value, sort_keys=True).encode(), media_type)


def main(argv):
    built = [path for path in PROGRAMS if path.exists()]
    program = Path(argv[1]) if len(argv) > 1 else built[0] if built else PROGRAMS[-1]
    folder = Path(argv[2]) if len(argv) > 2 else TREE / "build/image"
    version = subprocess.run([program, "--version"], check=True, capture_output=True,
                             text=True).stdout.split()[-1]
    layer = make_layer(program)
    layout = Layout(folder)
    kind = "application/vnd.oci.image."
    packed = layout.put(gzip.compress(layer, mtime=0), kind + "layer.v1.tar+gzip")
    config = layout.put_json({
        "architecture": PLATFORMS.get(platform.machine(), platform.machine()), "os": "linux",
        "config": {"User": f"{USER}:{USER}", "Entrypoint": ["/usr/bin/rctl-operator"],
                   "ExposedPorts": {"8080/tcp": {}, "8081/tcp": {}},
                   "Labels": {"org.opencontainers.image.version": version}},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}, kind + "config.v1+json")
    manifest = layout.put_json({"schemaVersion": 2, "mediaType": kind + "manifest.v1+json",
                                "config": config, "layers": [packed]}, kind + "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": version}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    print(f"{folder}: rctl-operator {version} ({'shared' if libraries(program) else 'static'}), "
          f"{packed['size'] / 2**20:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
