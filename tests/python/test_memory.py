"""Does nothing leak: memory of the library, references to Python objects, file descriptors?"""
import gc
import io
import os
import sys
import tracemalloc
import unittest

import cffi

import routerctl
from support import BROKEN, SAMPLES, many, service

ROUNDS = 10


def everything():
    """One of each call, those that fail included."""
    documents = routerctl.load(SAMPLES, service("x"), progress=lambda told: None)
    rendering = documents.render()
    rendering.write(io.BytesIO())
    [manifest.to_dict() for manifest in rendering]
    [found.to_resource().to_dict() for found in documents.objects if not found.has_errors]
    documents.diff(routerctl.load(BROKEN))
    plan = documents.plan(service("y"))[0]
    [action.body for action in plan]
    documents.graph("svg")
    documents.diagnostics.format("sarif")
    routerctl.explain("vllm")
    routerctl.crd("igw")
    routerctl.codes()
    for fails in (lambda: routerctl.load(BROKEN).check(), lambda: routerctl.load("nowhere"),
                  lambda: routerctl.load({"a": {1}}), lambda: documents.objects[10**6],
                  lambda: routerctl.explain("nonsense"),
                  lambda: routerctl.load(routerctl.Text(many(500)), progress=lambda told: 1 / 0),
                  lambda: rendering.write(None), lambda: routerctl.load(service(), namespace="\0")):
        try:
            fails()
        except Exception:
            continue
        raise AssertionError("should have failed")


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Leaks(unittest.TestCase):
    def test_the_library_gives_all_back(self):
        used = []
        for i in range(3):
            documents = routerctl.load(BROKEN, SAMPLES)
            documents.render().format()
            memory = documents._memory
            self.assertGreater(memory.used, 0)
            documents.close()
            used.append(memory.used)
        self.assertEqual(used, [0, 0, 0])

    def test_also_after_a_load_that_was_ended(self):
        kept = []

        def progress(told):
            kept.append(told)
            if told.memory > 10**6:
                raise InterruptedError

        with self.assertRaises(InterruptedError):
            routerctl.load(routerctl.Text(many(5000)), progress=progress)
        gc.collect()
        memories = [o for o in gc.get_objects() if isinstance(o, routerctl._call.Memory)]
        self.assertEqual([memory.used for memory in memories if memory.used], [])

    def test_a_large_load_makes_few_objects(self):
        text = routerctl.Text(many(5000).replace("engine: vllm", "engine: vlm"))
        gc.collect()
        before = len(gc.get_objects())
        documents = routerctl.load(text, max_diagnostics=None)
        documents.render()
        self.assertEqual((len(documents.objects), len(documents.diagnostics)), (5000, 5000))
        self.assertLess(len(gc.get_objects()) - before, 200)

    def test_objects_and_references(self):
        for _ in range(3):
            everything()
        gc.collect()
        tracemalloc.start()
        before_objects = len(gc.get_objects())
        before_refs = sys.getrefcount(routerctl.ABSENT)
        before_memory = tracemalloc.get_traced_memory()[0]
        for _ in range(ROUNDS):
            everything()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before_memory
        tracemalloc.stop()
        self.assertLess(len(gc.get_objects()) - before_objects, ROUNDS)
        self.assertEqual(sys.getrefcount(routerctl.ABSENT), before_refs)
        self.assertLess(grown, 1000 * ROUNDS)

    @unittest.skipUnless(os.path.exists("/proc/self/statm"), "needs /proc")
    def test_the_process_does_not_grow(self):
        for _ in range(3):
            everything()
        gc.collect()
        before, files = resident(), len(os.listdir("/proc/self/fd"))
        for _ in range(ROUNDS):
            everything()
        gc.collect()
        self.assertEqual(len(os.listdir("/proc/self/fd")), files)
        # A sanitizer keeps what was freed for a while.
        if "libclang_rt" not in os.environ.get("LD_PRELOAD", ""):
            self.assertLess(resident() - before, 4 * 2**20)


class OutOfMemory(unittest.TestCase):
    def test_becomes_memory_error(self):
        """Each allocation of the library in turn, as far as a small load needs them."""
        ffi = routerctl._call.ffi
        left = [0]

        @ffi.callback("void *(void *, size_t)")
        def alloc(_ctx, size):
            if left[0] == 0:
                return ffi.NULL
            left[0] -= 1
            return libc.malloc(size)

        @ffi.callback("void(void *, void *, size_t)")
        def release(_ctx, block, _size):
            libc.free(block)

        plain = cffi.FFI()
        plain.cdef("void *malloc(size_t); void free(void *);")
        libc = plain.dlopen(None)
        made = routerctl._documents.Memory
        failed = 0

        class Scarce(made):
            def __init__(self):
                super().__init__()
                self.allocator = ffi.new("rctl_allocator *", {"alloc": alloc, "release": release})

        routerctl._documents.Memory = Scarce
        try:
            for n in range(200):
                left[0] = n
                try:
                    routerctl.load(service("a"), service("b", engine="vlm")).render().format()
                    break
                except MemoryError:
                    failed += 1
        finally:
            routerctl._documents.Memory = made
        self.assertGreater(failed, 5)
        self.assertLess(n, 199)


if __name__ == "__main__":
    unittest.main()
