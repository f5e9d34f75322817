"""What setup.py needs to know about C: the declarations for cffi, made from the public headers
by the preprocessor, and the libraries to link. Nothing of the headers is written twice."""
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INCLUDE = ROOT / "include"
OURS = (str(INCLUDE), str(HERE / "src"))

# Python functions that the library calls; see _call.py.
CALLBACKS = """
extern "Python" int rctlpy_write(void *ctx, const char *data, size_t len);
extern "Python" int rctlpy_beat(void *handle);
"""


def compiler():
    return shlex.split(os.environ.get("CC", "cc"))


def version():
    text = (INCLUDE / "routerctl" / "base.h").read_text(encoding="utf-8")
    return re.search(r'#define RCTL_VERSION "([^"]+)"', text)[1]


def declarations():
    """Our headers after the preprocessor, without what they include from the system."""
    text = subprocess.run(
        [*compiler(), "-E", "-xc", "-D__attribute__(x)=", f"-I{INCLUDE}", f"-I{HERE / 'src'}",
         str(HERE / "src" / "native.h")],
        check=True, capture_output=True, text=True).stdout
    kept, ours = [], False
    for line in text.splitlines():
        marker = re.match(r'#\s*(?:line\s+)?\d+\s+"([^"]*)"', line)
        if marker:
            ours = marker[1].startswith(OURS)
        elif ours and line.strip():
            kept.append(line)
    return "\n".join(kept) + CALLBACKS


def pkg_config(*args):
    program = shlex.split(os.environ.get("PKG_CONFIG", "pkg-config"))
    return subprocess.run([*program, *args], check=True, capture_output=True,
                          text=True).stdout.split()


def libraries():
    """The static libraries that the core needs; the shared one where a system has no other."""
    found = []
    for package, name in (("yaml-0.1", "yaml"), ("libpcre2-8", "pcre2-8"), ("zlib", "z")):
        static = Path(pkg_config("--variable=libdir", package)[0]) / f"lib{name}.a"
        if not static.exists():
            print(f"routerctl: there is no {static}, so {name} is linked as a shared library",
                  file=sys.stderr)
        found += [str(static)] if static.exists() else pkg_config("--libs", package)
    return found


def core(scratch):
    """librouterctl.a: of the build in ROUTERCTL_BUILD, or one that is made here."""
    given = os.environ.get("ROUTERCTL_BUILD")
    build = Path(given) if given else Path(scratch).resolve() / "core"
    if not given:
        subprocess.run(["cmake", "-S", str(ROOT), "-B", str(build), "-DROUTERCTL_OPERATOR=OFF",
                        "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DRCTL_HARDEN=ON",
                        *shlex.split(os.environ.get("ROUTERCTL_CMAKE_ARGS", ""))], check=True)
        subprocess.run(["cmake", "--build", str(build), "--target", "routerctl_static",
                        f"-j{os.cpu_count() or 1}"], check=True)
    return build / "lib" / "librouterctl.a"
