"""Builds the extension module: the core, native.c and what cffi makes, in one file that needs
nothing but the C library, for every Python from 3.10 on. CC, CFLAGS and PKG_CONFIG_* count;
ROUTERCTL_BUILD names a build of ours whose library is taken instead of a new one."""
import re
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from wheel.bdist_wheel import bdist_wheel

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import build_native  # noqa: E402

PYTHON = "310"
SYSTEM = {"libc.so.6", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2",
          "ld-linux-aarch64.so.1"}


class BuildExt(build_ext):
    def build_extension(self, ext):
        from cffi import FFI
        scratch = Path(self.build_temp)
        scratch.mkdir(parents=True, exist_ok=True)
        ffi = FFI()
        ffi.cdef(build_native.declarations())
        ffi.set_source(ext.name, '#include "native.h"')
        generated = scratch / "_native.c"
        ffi.emit_c_code(str(generated))
        ext.sources = [str(generated), str(HERE / "src" / "native.c")]
        archive = build_native.core(scratch)
        ext.extra_objects = [str(archive), *build_native.libraries()]
        ext.depends = [str(archive)]
        super().build_extension(ext)


def readelf(*args):
    return subprocess.run(["readelf", "--wide", *args], check=True, capture_output=True,
                          text=True).stdout


def platform(library):
    """The platform tag that the file earns: the newest symbol of glibc that it asks for. None
    when it needs more than the C library."""
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", readelf("--dynamic", library)))
    if needed - SYSTEM:
        print(f"routerctl: also needs {', '.join(sorted(needed - SYSTEM))}", file=sys.stderr)
        return None
    machine = re.search(r"Machine:\s+(.*)", readelf("--file-header", library))[1]
    arch = {"Advanced Micro Devices X86-64": "x86_64", "AArch64": "aarch64"}.get(machine)
    minor = max([17, *map(int, re.findall(r"GLIBC_2\.(\d+)", readelf("--version-info", library)))])
    return f"manylinux_2_{minor}_{arch}" if arch else None


class Wheel(bdist_wheel):
    def finalize_options(self):
        self.py_limited_api = f"cp{PYTHON}"
        super().finalize_options()

    def get_tag(self):
        python, abi, system = super().get_tag()
        outputs = self.get_finalized_command("build_ext").get_outputs()
        return python, abi, platform(outputs[0]) or system


setup(
    version=build_native.version(),
    cmdclass={"build_ext": BuildExt, "bdist_wheel": Wheel},
    ext_modules=[Extension(
        "routerctl._native",
        sources=["src/native.c"],
        include_dirs=[str(build_native.INCLUDE), str(HERE / "src")],
        define_macros=[("Py_LIMITED_API", f"0x03{int(PYTHON[1:]):02X}0000")],
        py_limited_api=True,
        extra_compile_args=["-fvisibility=hidden", f"-ffile-prefix-map={HERE}=."],
        # Our symbols, and those of zlib and the others, are nobody else's business.
        extra_link_args=[f"-Wl,--version-script={HERE / 'src' / 'exports.map'}", "-Wl,-s"],
    )],
)
