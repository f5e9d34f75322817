"""Is nothing used after it was freed, whatever is closed or forgotten first?"""
import copy
import gc
import io
import itertools
import pickle
import unittest

import routerctl
from support import BROKEN, SAMPLES, python, service


def family():
    """Everything that comes from documents, and a way to use each."""
    documents = routerctl.load(SAMPLES)
    rendering = documents.render()
    broken = routerctl.load(BROKEN)
    world = routerctl.World()
    world.edit(SAMPLES)
    plan = world.plans()[0]
    action = plan[0]
    return {
        "documents": (documents, lambda: documents.document_count),
        "diagnostics": (documents, lambda d=documents.diagnostics: d[0]),
        "format": (broken, lambda d=broken.diagnostics: d.format()),
        "objects": (documents, lambda o=documents.objects: len(o)),
        "object": (documents, lambda o=documents.objects[0]: o.get("spec")),
        "yaml": (documents, lambda o=documents.objects[0]: o.to_yaml()),
        "resource": (documents, lambda o=documents.objects[0]: o.to_resource()),
        "graph": (documents, documents.graph),
        "check": (broken, lambda: broken.diagnostics.of("error")),
        "rendering": (documents, lambda: rendering[0]),
        "rendered": (rendering, lambda: rendering.format()),
        "written": (rendering, lambda: rendering.write(io.BytesIO())),
        "manifest": (documents, lambda m=rendering[0]: m.format()),
        "owner": (documents, lambda m=rendering[0]: m.owner),
        "diff": (broken, lambda: documents.diff(broken)),
        "world": (world, world.keys),
        "plan": (world, lambda: plan[0]),
        "plans": (world, lambda p=world.plans(): p[0]),
        "body": (world, lambda: action.body),
        "reconcile": (world, lambda: world.reconcile("InferenceService", "default", "chat")),
        "told": (world, lambda d=world.diagnostics: len(d)),
    }


class Closing(unittest.TestCase):
    def test_use_after_close(self):
        for name in family():
            owner, use = family()[name]
            with self.subTest(name):
                use()
                self.assertFalse(owner.closed)
                owner.close()
                self.assertTrue(owner.closed)
                with self.assertRaises(routerctl.ClosedError):
                    use()
                owner.close()

    def test_what_was_copied_stays(self):
        documents = routerctl.load(BROKEN)
        [found, *_] = documents.diagnostics
        [chat, *_] = documents.objects
        documents.close()
        self.assertIn("error", str(found))
        self.assertTrue(chat.name)
        self.assertEqual(pickle.loads(pickle.dumps(found)), found)
        self.assertEqual(repr(documents), "<Documents: closed>")

    def test_with(self):
        with routerctl.load(SAMPLES) as documents, documents.render() as rendering:
            self.assertFalse(rendering.closed)
        self.assertTrue(rendering.closed and documents.closed)
        with routerctl.World() as world:
            pass
        self.assertTrue(world.closed)

    def test_closing_a_rendering_leaves_the_documents(self):
        documents = routerctl.load(SAMPLES)
        first = documents.render()
        text = first.format()
        first.close()
        self.assertEqual(documents.render().format(), text)
        self.assertIsNot(documents.render(), first)

    def test_no_close_while_a_call_runs(self):
        documents = routerctl.load(SAMPLES)
        rendering = documents.render()

        class File(io.BytesIO):
            def write(self, data):
                rendering.close()

        with self.assertRaisesRegex(RuntimeError, "while a call on it is running"):
            rendering.write(File())
        self.assertTrue(rendering.format())

        class Reader(io.BytesIO):
            def write(self, data):
                self.kinds = [manifest.kind for manifest in rendering]
                self.count = len(documents.diagnostics)

        file = Reader()
        rendering.write(file)
        self.assertEqual(len(file.kinds), len(rendering))

    def test_no_change_while_a_call_runs(self):
        documents = routerctl.load(SAMPLES)
        rendering = documents.render()

        class File(io.BytesIO):
            def write(self, data):
                documents.graph()

        with self.assertRaisesRegex(RuntimeError, "still running"):
            rendering.write(File())


class Forgetting(unittest.TestCase):
    def test_children_keep_their_parents(self):
        use = {name: pair[1] for name, pair in family().items()}
        gc.collect()
        for name, call in use.items():
            with self.subTest(name):
                call()

    def test_every_order(self):
        for order in itertools.permutations(range(4)):
            documents = routerctl.load(service(backendRef="svc"))
            rendering = documents.render()
            held = [documents, rendering, rendering[0], rendering[0].owner]
            del documents, rendering
            for i in order:
                held[i] = None
                gc.collect()
                for thing in held:
                    if isinstance(thing, routerctl.Manifest):
                        self.assertEqual(thing.owner.get("kind"), "InferenceService")
                    elif isinstance(thing, routerctl.Object):
                        self.assertEqual(thing.get("metadata.name"), "chat")

    def test_cycles_are_collected(self):
        documents = routerctl.load(service())
        documents.mine = [documents, documents.render()]
        memory = documents._memory
        del documents
        gc.collect()
        self.assertEqual(memory.used, 0)

    def test_copies_share(self):
        documents = routerctl.load(service())
        twin = copy.copy(documents)
        documents.close()
        with self.assertRaises(routerctl.ClosedError):
            len(twin.objects)
        with self.assertRaises(TypeError):
            pickle.dumps(twin)

    def test_the_end_of_the_interpreter(self):
        done = python("import routerctl, sys; d = routerctl.load(sys.argv[1]); r = d.render();"
                      "p = d.plan(); sys.d = d; m = r[0]; a = p[0][0]", SAMPLES)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
