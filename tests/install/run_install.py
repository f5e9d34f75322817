#!/usr/bin/python3
"""Installs into a folder, moves that folder, and builds each docs/examples/*.c against
it: run_install.py [--update] BUILD SOURCE CC CXX

By pkg-config as C99, C11 and C++17, shared and static, and by find_package. Every
program must print tests/install/NAME.expected, whose last line tells its exit status;
it is started in docs/examples with the arguments of tests/install/NAME.args, if any.
--update writes the expected files."""
import concurrent.futures
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LANGUAGES = {"c99": ["-x", "c", "-std=c99"], "c11": ["-x", "c", "-std=c11"],
             "c++17": ["-x", "c++", "-std=c++17"]}
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(consumer C)
find_package(routerctl 0.1 REQUIRED)
foreach(source {sources})
    get_filename_component(name ${{source}} NAME_WE)
    add_executable(${{name}}-shared ${{source}})
    target_link_libraries(${{name}}-shared PRIVATE routerctl::routerctl)
    add_executable(${{name}}-static ${{source}})
    target_link_libraries(${{name}}-static PRIVATE routerctl::static)
endforeach()
"""


def run(command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Consumer:
    def __init__(self, work, prefix, source, compilers, rewrite):
        self.work, self.prefix, self.rewrite = work, prefix, rewrite
        self.examples = source / "docs/examples"
        self.cc, self.cxx = compilers
        pc = next(prefix.rglob("librouterctl.pc"))
        self.libdir = pc.parent.parent
        self.env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent))

    def pkg_config(self, *words):
        return shlex.split(run(["pkg-config", *words, "librouterctl"], env=self.env))

    def by_pkg_config(self, example, language, link):
        program = self.work / f"{example.stem}-{language}-{link}"
        compiler = self.cxx if language.startswith("c++") else self.cc
        how = ["-static"] if link == "static" else []
        libs = self.pkg_config("--libs", *(["--static"] if link == "static" else []))
        run([compiler, *LANGUAGES[language], *STRICT, *self.pkg_config("--cflags"), example,
             "-x", "none", "-o", program, *how, *libs])
        return program

    def by_find_package(self, examples):
        folder = self.work / "consumer"
        folder.mkdir()
        sources = " ".join(f'"{e}"' for e in examples)
        (folder / "CMakeLists.txt").write_text(PROJECT.format(sources=sources))
        run(["cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}",
             f"-DCMAKE_C_COMPILER={self.cc}"])
        run(["cmake", "--build", folder / "build"])
        return [folder / "build" / f"{e.stem}-{link}" for e in examples
                for link in ("shared", "static")]

    def check(self, program, stem):
        """What is wrong with the program, or None."""
        dynamic = run(["readelf", "-d", program])
        if ("librouterctl.so.0" in dynamic) == program.name.endswith("static"):
            return f"{program.name} is linked to the wrong form of the library"
        args = HERE / f"{stem}.args"
        words = shlex.split(args.read_text()) if args.exists() else []
        env = dict(os.environ, LD_LIBRARY_PATH=str(self.libdir))
        done = subprocess.run([str(program), *words], cwd=self.examples, env=env, timeout=60,
                              capture_output=True, text=True)
        got = f"{done.stdout}{done.stderr}exit {done.returncode}\n"
        expected = HERE / f"{stem}.expected"
        if self.rewrite:
            expected.write_text(got)
        if not expected.exists() or got != expected.read_text():
            return f"{program.name} does not print {expected.name}, but:\n{got}"
        return None


def main():
    rewrite = "--update" in sys.argv
    build, source, *compilers = [w for w in sys.argv[1:] if w != "--update"]
    source = Path(source).resolve()
    faults, built = [], 0
    with tempfile.TemporaryDirectory(prefix="rctl-install-") as scratch:
        work = Path(scratch)
        run(["cmake", "--install", build, "--prefix", work / "first"])
        shutil.move(work / "first", work / "moved")
        consumer = Consumer(work, work / "moved", source, compilers, rewrite)
        version = run([work / "moved/bin/rctl", "version"])
        if not version.strip():
            faults.append("the installed rctl tells no version")
        examples = sorted(consumer.examples.glob("*.c"))
        if not examples:
            faults.append("docs/examples holds no C file")
        jobs = [(e, lang, link) for e in examples for lang in LANGUAGES
                for link in ("shared", "static")]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            by_cmake = pool.submit(consumer.by_find_package, examples)
            programs = [(pool.submit(consumer.by_pkg_config, *job), job[0].stem) for job in jobs]
            for program, stem in programs:
                try:
                    faults.append(consumer.check(program.result(), stem))
                    built += 1
                except RuntimeError as fault:
                    faults.append(str(fault))
            try:
                for program in by_cmake.result():
                    faults.append(consumer.check(program, program.name.rsplit("-", 1)[0]))
                    built += 1
            except RuntimeError as fault:
                faults.append(str(fault))
    faults = [f for f in faults if f]
    for fault in faults:
        print(fault)
    print(f"install: {built} programs built and run, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
