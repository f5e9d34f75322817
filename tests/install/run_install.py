#!/usr/bin/python3
"""Installs into a folder, moves that folder, and builds each docs/examples/*.c against
it: run_install.py [--update] BUILD SOURCE CC CXX

By pkg-config and by find_package, as C99, C11 and C++17, shared and static. Every program
must print tests/install/NAME.expected, whose last line tells its exit status; it is
started in docs/examples with the arguments of tests/install/NAME.args, if any. Also looks
at what else is installed: programs, and a man page for each exported call. --update writes
the expected files."""
import concurrent.futures
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Name: compiler, suffix, and what CMake calls it.
LANGUAGES = {"c99": ("cc", "c", 99), "c11": ("cc", "c", 11), "c++17": ("cxx", "cc", 17)}
LINKS = ("shared", "static")
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
# Examples are there to be read at a glance.
MOST_LINES = 59
PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(consumer C CXX)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
find_package(routerctl 0.1 REQUIRED)
function(consume name source language standard)
    foreach(link shared static)
        add_executable(${name}-${link} ${source})
        set_target_properties(${name}-${link} PROPERTIES ${language}_STANDARD ${standard}
                              ${language}_EXTENSIONS OFF)
    endforeach()
    target_link_libraries(${name}-shared PRIVATE routerctl::routerctl)
    target_link_libraries(${name}-static PRIVATE routerctl::static)
endfunction()
"""


def run(command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Consumer:
    """A program of somebody else; has its own copies of the examples, named by language."""

    def __init__(self, work, prefix, source, compilers, rewrite):
        self.work, self.prefix, self.rewrite = work, prefix, rewrite
        self.examples = source / "docs/examples"
        self.compilers = dict(zip(("cc", "cxx"), compilers))
        pc = next(prefix.rglob("librouterctl.pc"))
        self.libdir = pc.parent.parent
        self.env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent))

    def copy(self, example, language):
        copied = self.work / f"{example.stem}-{language}.{LANGUAGES[language][1]}"
        shutil.copy(example, copied)
        return copied

    def pkg_config(self, *words):
        return shlex.split(run(["pkg-config", *words, "librouterctl"], env=self.env))

    def by_pkg_config(self, example, language, link):
        program = self.work / f"{example.stem}-{language}-{link}"
        how = ["-static"] if link == "static" else []
        libs = self.pkg_config("--libs", *(["--static"] if link == "static" else []))
        run([self.compilers[LANGUAGES[language][0]], f"-std={language}", *STRICT,
             *self.pkg_config("--cflags"), self.copy(example, language), "-o", program, *how,
             *libs])
        return [program]

    def by_find_package(self, examples):
        folder = self.work / "consumer"
        folder.mkdir()
        programs, calls = [], []
        for example in examples:
            for language, (_, suffix, standard) in LANGUAGES.items():
                name = f"{example.stem}-{language.replace('++', 'xx')}"
                shutil.copy(example, folder / f"{name}.{suffix}")
                calls.append(f"consume({name} {name}.{suffix} {'CXX' if suffix == 'cc' else 'C'} "
                             f"{standard})\n")
                programs += [folder / "build" / f"{name}-{link}" for link in LINKS]
        (folder / "CMakeLists.txt").write_text(PROJECT + "".join(calls))
        strict = " ".join(STRICT)
        run(["cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}",
             f"-DCMAKE_C_COMPILER={self.compilers['cc']}", f"-DCMAKE_C_FLAGS={strict}",
             f"-DCMAKE_CXX_COMPILER={self.compilers['cxx']}", f"-DCMAKE_CXX_FLAGS={strict}"])
        run(["cmake", "--build", folder / "build", "-j2"])
        return programs

    def check(self, program):
        """What is wrong with the program, or None."""
        dynamic = run(["readelf", "-d", program])
        if ("librouterctl.so.0" in dynamic) == program.name.endswith("static"):
            return f"{program.name} is linked to the wrong form of the library"
        stem = program.name.split("-")[0]
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


def check_man(prefix, libdir):
    """A page for each call and program; pages that lead to another one; no complaints."""
    man = prefix / "share/man"
    exported = run(["nm", "-D", "--defined-only", libdir / "librouterctl.so"]).split()[2::3]
    wanted = ["man1/rctl.1", "man8/rctl-operator.8", *(f"man3/{name}.3" for name in exported)]
    faults = [f"share/man has no {name}" for name in wanted if not (man / name).exists()]
    pages = sorted(man.rglob("*.[0-9]"))
    for page in pages:
        words = page.read_text().split()
        if words[0] == ".so" and not (man / words[1]).exists():
            faults.append(f"{page.name} leads to {words[1]}, which is not there")
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", *pages], cwd=man,
                          capture_output=True, text=True)
    return faults + done.stderr.splitlines()


def check_programs(prefix):
    for program in (prefix / "bin").iterdir():
        told = run([program, "--version"])
        if not told.startswith(program.name + " "):
            yield f"the installed {program.name} tells no version: {told}"


def main():
    rewrite = "--update" in sys.argv
    build, source, *compilers = [w for w in sys.argv[1:] if w != "--update"]
    source = Path(source).resolve()
    faults, built = [], 0
    with tempfile.TemporaryDirectory(prefix="rctl-install-") as scratch:
        work = Path(scratch)
        run(["cmake", "--install", build, "--prefix", work / "first"])
        prefix = shutil.move(work / "first", work / "moved")
        consumer = Consumer(work, prefix, source, compilers, rewrite)
        faults += [*check_programs(prefix), *check_man(prefix, consumer.libdir)]
        examples = sorted(consumer.examples.glob("*.c"))
        if not examples:
            faults.append("docs/examples holds no C file")
        for example in examples:
            lines = len(example.read_text().splitlines())
            if lines > MOST_LINES:
                faults.append(f"{example.name} has {lines} lines; keep it below 60")
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [pool.submit(consumer.by_find_package, examples)]
            jobs += [pool.submit(consumer.by_pkg_config, example, language, link)
                     for example in examples for language in LANGUAGES for link in LINKS]
            for job in jobs:
                try:
                    for program in job.result():
                        faults.append(consumer.check(program))
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
