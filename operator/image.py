#!/usr/bin/python3
"""The operator's image as an OCI layout, without a daemon. image.py [PROGRAM [FOLDER]]

PROGRAM (build/bin/rctl-operator) goes into one layer together with the shared libraries that
it names, the loader, and the system's CA certificates; nothing else is in it, no shell and
no package manager. FOLDER (build/image) can be pushed as it is: `skopeo copy
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
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
USER = 65532
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PLATFORMS = {"x86_64": "amd64", "aarch64": "arm64"}


def libraries(program):
    """What the loader would take, and the loader itself, by the paths that it looks at."""
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


def add(layer, source, target, mode, made):
    data = Path(source).resolve().read_bytes()
    add_parents(layer, Path(target), made)
    layer.addfile(entry(target.lstrip("/"), mode, len(data)), io.BytesIO(data))


def make_layer(program):
    text, made = io.BytesIO(), set()
    with tarfile.open(fileobj=text, mode="w", format=tarfile.PAX_FORMAT) as layer:
        add(layer, program, "/usr/bin/rctl-operator", 0o755, made)
        for library in libraries(program):
            add(layer, library, library, 0o755, made)
        add(layer, CERTIFICATES, str(CERTIFICATES), 0o644, made)
        passwd = f"operator:x:{USER}:{USER}::/:/sbin/nologin\n".encode()
        layer.addfile(entry("etc/passwd", 0o644, len(passwd)), io.BytesIO(passwd))
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
    program = Path(argv[1]) if len(argv) > 1 else TREE / "build/bin/rctl-operator"
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
    print(f"{folder}: rctl-operator {version}, {packed['size'] / 2**20:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
