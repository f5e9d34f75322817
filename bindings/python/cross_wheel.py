#!/usr/bin/python3
"""cross_wheel.py OUT: builds the wheel for Linux on aarch64 on a Debian machine of another
kind. The compiler is that of the wheel `ziglang`, which brings every libc along; what we link,
and Python's headers, are Debian's own packages for that processor, unpacked beside the build.
Both are fetched by apt-get and pip into the folder of the build; nothing is installed."""
import os
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ARCH, DEBIAN, TRIPLET = "aarch64", "arm64", "aarch64-linux-gnu"
GLIBC = "2.17"
ZIG = "0.17.1"
PACKAGES = ["libyaml-dev", "libpcre2-dev", "zlib1g-dev",
            f"libpython{sys.version_info[0]}.{sys.version_info[1]}-dev"]


def run(*command, cwd=None, **env):
    subprocess.run([str(word) for word in command], check=True, cwd=cwd,
                   env={**os.environ, **{name: str(value) for name, value in env.items()}})


def get_compiler(work):
    """Wrappers that stand for cc, ar and ranlib."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "router-controller"
    home = cache / f"venv-ziglang-{ZIG}"
    if not (home / ".complete").exists():
        venv.create(home, with_pip=True, clear=True)
        run(home / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q",
            "--only-binary", ":all:", f"ziglang=={ZIG}")
        (home / ".complete").touch()
    tools = {}
    for name, words in (("cc", f"cc -target {TRIPLET}.{GLIBC}"), ("ar", "ar"),
                        ("ranlib", "ranlib")):
        tools[name] = work / name
        tools[name].write_text(f"#!/bin/sh\nexec {shlex.quote(str(home / 'bin' / 'python'))} "
                               f"-m ziglang {words} \"$@\"\n")
        tools[name].chmod(0o755)
    return tools


def get_packages(work):
    """A tree with the headers and static libraries of the other processor."""
    root, debs, state = work / "root", work / "debs", work / "apt"
    if root.exists():
        return root
    for folder in (debs, state / "lists" / "partial", state / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    options = [word for name, value in (
        ("APT::Architecture", DEBIAN), ("APT::Architectures", DEBIAN), ("Dir::State", state),
        ("Dir::State::status", state / "status"), ("Dir::Cache", state),
        ("APT::Sandbox::User", "root")) for word in ("-o", f"{name}={value}")]
    run("apt-get", "-qq", *options, "update")
    run("apt-get", "-qq", *options, "download", *PACKAGES, cwd=debs)
    unpacked = work / "root.new"
    for deb in sorted(debs.glob("*.deb")):
        run("dpkg-deb", "-x", deb, unpacked)
    unpacked.rename(root)
    return root


def main():
    out = Path(sys.argv[1]).resolve()
    work = ROOT / "build" / f"wheel-{ARCH}"
    work.mkdir(parents=True, exist_ok=True)
    tools, root = get_compiler(work), get_packages(work)
    found = {"PKG_CONFIG_LIBDIR": root / "usr" / "lib" / TRIPLET / "pkgconfig",
             "PKG_CONFIG_SYSROOT_DIR": root, "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": 1}
    core = work / "core"
    run("cmake", "-S", ROOT, "-B", core, "-DCMAKE_SYSTEM_NAME=Linux",
        f"-DCMAKE_SYSTEM_PROCESSOR={ARCH}", f"-DCMAKE_C_COMPILER={tools['cc']}",
        f"-DCMAKE_AR={tools['ar']}", f"-DCMAKE_RANLIB={tools['ranlib']}",
        "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DROUTERCTL_OPERATOR=OFF", "-DRCTL_HARDEN=ON",
        "--log-level=WARNING", **found)
    run("cmake", "--build", core, "--target", "routerctl_static", f"-j{os.cpu_count() or 1}",
        "--", "-s", "--no-print-directory", **found)
    shutil.rmtree(work / "build", ignore_errors=True)
    run(sys.executable, "-W", "ignore", "setup.py", "-q", "egg_info", "-e", work,
        "build", "-b", work / "build", "bdist_wheel", "-b", work / "bdist", "-d", out,
        cwd=HERE, CC=tools["cc"], LDSHARED=f"{tools['cc']} -shared", ROUTERCTL_BUILD=core,
        CFLAGS=f"-I{root / 'usr' / 'include'}", _PYTHON_HOST_PLATFORM=f"linux-{ARCH}", **found)


if __name__ == "__main__":
    main()
