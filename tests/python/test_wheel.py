"""Is the wheel whole: does it need nothing but the C library and cffi, install without a
compiler, and come out the same bytes each time?"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import routerctl
from support import BROKEN, ROOT

SYSTEM = {"libc.so.6", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2",
          "ld-linux-aarch64.so.1"}


def build(folder):
    env = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    env.pop("PYTHONMALLOC", None)
    subprocess.run([sys.executable, "-W", "ignore", "setup.py", "-q", "egg_info", "-e", folder,
                    "build", "-b", folder / "build", "bdist_wheel", "-b", folder / "bdist",
                    "-d", folder / "out"], check=True, cwd=ROOT / "bindings" / "python", env=env,
                   capture_output=True)
    [wheel] = (folder / "out").iterdir()
    return wheel


def tool(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True,
                          text=True).stdout


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        (cls.folder / "one").mkdir()
        cls.wheel = build(cls.folder / "one")
        with zipfile.ZipFile(cls.wheel) as archive:
            cls.names = archive.namelist()
            archive.extractall(cls.folder / "unpacked")
        cls.native = cls.folder / "unpacked" / "routerctl" / "_native.abi3.so"

    def test_name(self):
        self.assertRegex(self.wheel.name, r"^routerctl-%s-cp310-abi3-manylinux_2_\d+_\w+\.whl$" %
                         re.escape(routerctl.__version__))

    def test_contents(self):
        for name in ("routerctl/kinds.py", "routerctl/py.typed", "routerctl/_native.abi3.so"):
            self.assertIn(name, self.names)
        self.assertFalse([name for name in self.names if name.endswith((".c", ".h", ".pyc"))])
        installed = {path.name for path in (ROOT / "bindings/python/src/routerctl").iterdir()
                     if path.suffix in (".py", ".pyi", ".typed")}
        self.assertLessEqual(installed, {os.path.basename(name) for name in self.names})

    def test_needs_only_the_c_library(self):
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", tool("readelf", "-dW", self.native)))
        self.assertLessEqual(needed, SYSTEM)
        versions = re.findall(r"GLIBC_2\.(\d+)", tool("readelf", "-VW", self.native))
        newest = max(map(int, versions))
        self.assertLessEqual(newest, int(re.search(r"manylinux_2_(\d+)", self.wheel.name)[1]))

    def test_exports_one_symbol(self):
        """Another zlib in the process is not ours, and ours is nobody's."""
        names = re.findall(r" [A-Z] (\S+)$", tool("nm", "-D", "--defined-only", self.native), re.M)
        self.assertEqual(names, ["PyInit__native"])

    def test_uses_the_stable_interface_of_python(self):
        used = re.findall(r" U (_?Py\w+)", tool("nm", "-D", self.native))
        self.assertTrue(used)
        self.assertEqual([name for name in used if name.startswith("_Py") and
                          name not in ("_Py_Dealloc", "_Py_NoneStruct", "_Py_TrueStruct",
                                       "_Py_FalseStruct")], [])

    def test_installs_without_a_compiler(self):
        home = self.folder / "venv"
        tool(sys.executable, "-m", "venv", "--system-site-packages", home)
        env = {"PATH": str(home / "bin"), "HOME": str(self.folder)}
        for command in (["-m", "pip", "install", "-q", "--no-index", "--no-deps", self.wheel],
                        ["-c", "import routerctl, sys; print(routerctl.__file__);"
                         "print(routerctl.load(sys.argv[1]).diagnostics.format(), end='')",
                         BROKEN]):
            done = subprocess.run([home / "bin" / "python", *command], env=env, capture_output=True,
                                  text=True, cwd=self.folder)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        where, _, told = done.stdout.partition("\n")
        self.assertTrue(where.startswith(str(home)), where)
        self.assertEqual(told, routerctl.load(BROKEN).diagnostics.format())

    def test_same_bytes(self):
        (self.folder / "two").mkdir()
        self.assertEqual(build(self.folder / "two").read_bytes(), self.wheel.read_bytes())


if __name__ == "__main__":
    unittest.main()
