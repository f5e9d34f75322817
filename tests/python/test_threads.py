"""Threads, callbacks, interrupts, forks and sub-interpreters: is each as documented?"""
import os
import signal
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import routerctl
from support import BROKEN, SAMPLES, many, python, service


class Threads(unittest.TestCase):
    def test_the_interpreter_goes_on_meanwhile(self):
        """Another thread counts while a single call of the library, without callbacks, runs."""
        rendering = routerctl.load(routerctl.Text(many(10000))).render()
        counted, done = [], threading.Event()

        def count():
            while not done.wait(0.001):
                counted.append(time.perf_counter())

        counter = threading.Thread(target=count)
        counter.start()
        begin = time.perf_counter()
        rendering.format()
        end = time.perf_counter()
        done.set()
        counter.join()
        rim = (end - begin) / 10
        self.assertTrue([at for at in counted if begin + rim < at < end - rim])

    def test_one_object_from_many_threads(self):
        documents = routerctl.load(SAMPLES, BROKEN)
        rendering = documents.render()
        wanted = ([str(d) for d in documents.diagnostics], rendering.format(), documents.graph())
        got, failed = [], []

        def use():
            try:
                for _ in range(20):
                    got.append(([str(d) for d in documents.diagnostics],
                                documents.render().format(), documents.graph()))
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertTrue(all(one == wanted for one in got))
        self.assertEqual(len(got), 80)

    def test_rendered_once(self):
        for _ in range(5):
            documents = routerctl.load(service(speculativeDecodingRef="gone"),
                                       routerctl.Text(many(500).replace("chat", "more")))
            made = []
            threads = [threading.Thread(target=lambda: made.append(documents.render()))
                       for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual((len(made), len(set(map(id, made)))), (4, 1))
            self.assertEqual(documents.diagnostics.total("error"), 1)

    def test_closing_under_others(self):
        """Each thread sees whole results or ClosedError."""
        for _ in range(20):
            documents = routerctl.load(SAMPLES)
            rendering = documents.render()
            odd = []

            def use():
                try:
                    while True:
                        rendering.format()
                        documents.diagnostics[0]
                        documents.objects[0].to_yaml()
                except routerctl.ClosedError:
                    pass
                except BaseException as error:
                    odd.append(error)

            threads = [threading.Thread(target=use) for _ in range(3)]
            for thread in threads:
                thread.start()
            time.sleep(0.005)
            documents.close()
            for thread in threads:
                thread.join()
            self.assertEqual(odd, [])

    def test_closing_waits_for_others(self):
        documents = routerctl.load(SAMPLES)
        rendering = documents.render()
        inside, leave = threading.Event(), threading.Event()

        class Slow:
            def write(self, data):
                inside.set()
                leave.wait()

        writer = threading.Thread(target=rendering.write, args=(Slow(),))
        writer.start()
        inside.wait()
        closer = threading.Thread(target=documents.close)
        closer.start()
        closer.join(0.1)
        self.assertTrue(closer.is_alive() and not documents.closed)
        leave.set()
        closer.join()
        writer.join()
        self.assertTrue(documents.closed and rendering.closed)

    def test_loads_in_parallel(self):
        wanted = routerctl.load(BROKEN).diagnostics.format()
        got = []
        threads = [threading.Thread(target=lambda: got.extend(
            routerctl.load(BROKEN).diagnostics.format() for _ in range(20))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(got, [wanted] * 80)

    def test_two_differences_at_once(self):
        a, b = routerctl.load(service("a")), routerctl.load(service("b"))

        def compare(old, new):
            for _ in range(200):
                routerctl.diff(old, new)

        threads = [threading.Thread(target=compare, args=pair) for pair in ((a, b), (b, a))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            self.assertFalse(thread.is_alive())


class Callbacks(unittest.TestCase):
    def test_progress(self):
        told = []
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a.yaml", "b.yaml"):
                Path(folder, name).write_text(many(1000).replace("chat", name[0]))
            documents = routerctl.load(folder, progress=told.append)
            documents.render()
        self.assertEqual([p.phase for p in told], sorted((p.phase for p in told),
                         key=["read", "check", "render"].index))
        self.assertEqual({os.path.basename(p.name) for p in told if p.phase == "read"},
                         {"a.yaml", "b.yaml"})
        reads = [p for p in told if p.phase != "render"]
        self.assertEqual([p.done for p in reads], sorted(p.done for p in reads))
        self.assertEqual((reads[-1].phase, reads[-1].done), ("check", reads[-1].total))
        self.assertGreater(len(reads), 6)  # also while a file is read
        self.assertGreater(reads[-1].memory, reads[0].memory)

    def test_what_they_raise_is_raised(self):
        class Mine(Exception):
            pass

        for stop in ("read", "check"):
            for after in (0, 3):
                seen = []

                def progress(told):
                    if told.phase == stop:
                        seen.append(told)
                        if len(seen) > after or stop == "check":
                            raise Mine

                with self.assertRaises(Mine):
                    routerctl.load(routerctl.Text(many(2000)), progress=progress)

    def test_an_interrupted_render_can_be_repeated(self):
        stop = [False]

        def progress(told):
            if stop[0] and told.phase == "render":
                raise InterruptedError

        text = routerctl.Text(many(2000))
        documents = routerctl.load(text, progress=progress)
        stop[0] = True
        with self.assertRaises(InterruptedError):
            documents.render()
        self.assertEqual(len(documents.objects), 2000)
        stop[0] = False
        self.assertEqual(documents.render().format(), routerctl.load(text).render().format())
        self.assertEqual(documents.diagnostics.total("error"), 0)

    def test_files_that_fail(self):
        class Full:
            def write(self, data):
                raise OSError(28, "No space left on device")

        rendering = routerctl.load(SAMPLES).render()
        with self.assertRaisesRegex(OSError, "No space left"):
            rendering.write(Full())
        with self.assertRaises(AttributeError):
            rendering.write(None)
        self.assertTrue(rendering.format())


class Interrupts(unittest.TestCase):
    def test_control_c_ends_a_load(self):
        """Within a single file, long before its end. What was done is counted in beats."""
        text, beats, begun = routerctl.Text(many(10000)), [], threading.Event()
        routerctl.load(text, progress=beats.append)
        whole = len(beats)
        beats.clear()

        def progress(told):
            beats.append(told)
            if len(beats) == 5:
                begun.set()

        def interrupt():
            begun.wait()
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with self.assertRaises(KeyboardInterrupt):
            routerctl.load(text, progress=progress)
        thread.join()
        self.assertGreater(whole, 20)
        self.assertLess(len(beats), whole)

    def test_control_c_closes_a_world_that_is_not_whole(self):
        world, text = routerctl.World(), routerctl.Text(many(10000))
        thread = threading.Timer(0.01, lambda: signal.pthread_kill(
            threading.main_thread().ident, signal.SIGINT))
        thread.start()
        with self.assertRaises(KeyboardInterrupt):
            world.edit(text)
            time.sleep(60)
        thread.join()
        if not world.closed:  # the call was faster
            self.assertEqual(len(world.keys()), 10000)

    def test_interrupts_at_any_moment_lose_nothing(self):
        text = routerctl.Text(many(500))
        old = signal.signal(signal.SIGALRM, signal.default_int_handler)
        lost = []  # Python cannot raise what comes in a finalizer
        sys.unraisablehook = lambda told: lost.append(told.exc_type)
        try:
            for i in range(60):
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + i * 0.0005)
                try:
                    with routerctl.load(text) as documents:
                        documents.render().format()
                        time.sleep(0.05)
                except KeyboardInterrupt:
                    pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, old)
            sys.unraisablehook = sys.__unraisablehook__
        self.assertLessEqual(set(lost), {KeyboardInterrupt})
        self.assertEqual(len(routerctl.load(text).objects), 500)


@unittest.skipUnless(hasattr(os, "fork"), "there is no fork here")
class Forks(unittest.TestCase):
    def test_both_go_on(self):
        documents = routerctl.load(SAMPLES)
        rendering = documents.render()
        wanted = rendering.format()
        pid = os.fork()
        if pid == 0:
            good = rendering.format() == wanted and len(routerctl.load(SAMPLES).objects) > 0
            documents.close()
            os._exit(0 if good and rendering.closed else 1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        self.assertEqual(rendering.format(), wanted)

    def test_what_another_thread_used_is_closed_in_the_child(self):
        documents = routerctl.load(SAMPLES)
        rendering = documents.render()
        inside, leave = threading.Event(), threading.Event()

        class Slow:
            def write(self, data):
                inside.set()
                leave.wait()

        thread = threading.Thread(target=rendering.write, args=(Slow(),))
        thread.start()
        inside.wait()
        pid = os.fork()
        if pid == 0:
            try:
                rendering.format()
            except routerctl.ClosedError as error:
                documents.close()
                os._exit(0 if "forked" in str(error) and documents.closed else 1)
            os._exit(2)
        leave.set()
        thread.join()
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        self.assertTrue(rendering.format())


class SubInterpreters(unittest.TestCase):
    def test_works_or_says_why_not(self):
        """Those that share the lock of the main interpreter may import the package."""
        done = python("""
import sys, routerctl
try:
    import _xxsubinterpreters as sub
except ImportError:
    import _interpreters as sub
made = sub.create()
failed = sub.run_string(made, "import sys; sys.path[:0] = %r; import routerctl\\n"
    "assert len(routerctl.load(%r).render()) > 0\\n"
    "try:\\n    routerctl.load(routerctl.Text('a: b'), progress=lambda p: 1/0)\\n"
    "except ZeroDivisionError: print('raised')" % (sys.path, sys.argv[1]))
if failed:  # from Python 3.13 on it is returned
    raise SystemExit(failed.formatted)
sub.destroy(made)
print(len(routerctl.load(sys.argv[1]).objects))
""", SAMPLES)
        if "does not support loading in subinterpreters" in done.stderr:
            self.skipTest("this interpreter refuses cffi in sub-interpreters")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.split()[0], "raised")


if __name__ == "__main__":
    sys.exit(unittest.main())
