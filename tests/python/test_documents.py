"""Does the package say what rctl says: diagnostics, renderings, differences, plans?"""
import datetime
import io
import json
import pickle
import unittest

import routerctl
from support import BROKEN, CHAT, ROOT, SAMPLES, rctl, service

NOW = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.timezone.utc)


class Diagnostics(unittest.TestCase):
    def test_formats_are_those_of_rctl(self):
        documents = routerctl.load(BROKEN)
        for name in ("text", "json", "sarif", "github"):
            self.assertEqual(documents.diagnostics.format(name),
                             rctl("validate", "-o", name, BROKEN)[0])
        self.assertEqual(documents.diagnostics.format("junit", files=[str(BROKEN)]),
                         rctl("validate", "-o", "junit", BROKEN)[0])
        with self.assertRaisesRegex(ValueError, "no format 'xml'"):
            documents.diagnostics.format("xml")

    def test_str_is_the_text_form(self):
        diagnostics = routerctl.load(BROKEN).diagnostics
        self.assertEqual("".join(f"{d}\n" for d in diagnostics), diagnostics.format())

    def test_members(self):
        [found] = routerctl.load(routerctl.Text(CHAT, "a.yaml")).diagnostics.of("error")
        self.assertEqual((found.file, found.line, found.column), ("a.yaml", 7, 11))
        self.assertEqual((found.severity, found.code, found.path, found.object),
                         ("error", "engine.unknown", "spec.engine",
                          "InferenceService/default/chat"))
        self.assertEqual((found.message, found.hint, found.related),
                         ("unknown engine 'vlm'", "did you mean 'vllm'?", ()))
        self.assertIn("engine.unknown", routerctl.explain(found.code))

    def test_related_places(self):
        twice = CHAT.replace("vlm", "vllm") + "  engine: vllm\n"
        [found] = routerctl.load(routerctl.Text(twice)).diagnostics.of("error")
        self.assertEqual(found.related[0], routerctl.Related(
            routerctl.Place("<string>", 7, 3), "first given here"))

    def test_is_a_sequence(self):
        diagnostics = routerctl.load(BROKEN).diagnostics
        self.assertEqual(diagnostics[-1], diagnostics[len(diagnostics) - 1])
        self.assertEqual(diagnostics[1:3], list(diagnostics)[1:3])
        self.assertIn(diagnostics[0], diagnostics)
        for index in (len(diagnostics), -len(diagnostics) - 1):
            with self.assertRaises(IndexError):
                diagnostics[index]
        with self.assertRaises(TypeError):
            diagnostics["0"]

    def test_check_raises_all_errors(self):
        documents = routerctl.load(BROKEN)
        with self.assertRaises(routerctl.DocumentError) as caught:
            documents.check()
        documents.close()
        self.assertEqual(len(caught.exception.diagnostics), caught.exception.total)
        self.assertIn("broken.yaml:9:11: error: spec.engine", str(caught.exception))
        self.assertIn("more", str(caught.exception))
        again = pickle.loads(pickle.dumps(caught.exception))
        self.assertEqual((again.diagnostics, str(again)),
                         (caught.exception.diagnostics, str(caught.exception)))
        good = routerctl.load(SAMPLES)
        self.assertIs(good.check(), good)

    def test_options(self):
        text = routerctl.Text(CHAT.replace("engine: vlm", "inferenceCacheRef: gone"))
        self.assertFalse(routerctl.load(text).has_errors)
        self.assertTrue(routerctl.load(text, missing="error").has_errors)
        self.assertEqual(routerctl.load(text, namespace="team").objects[0].namespace, "team")
        with self.assertRaisesRegex(ValueError, "missing is one of"):
            routerctl.load(text, missing="perhaps")
        few = routerctl.load(BROKEN, max_diagnostics=2)
        self.assertEqual(len(few.diagnostics.of("error")), 2)
        self.assertGreater(few.diagnostics.total("error"), 2)
        full = routerctl.load(BROKEN, max_diagnostics=None).diagnostics
        self.assertEqual(len(full.of("error")), full.total("error"))
        for most in (0, -1, 2**64):
            with self.assertRaisesRegex(ValueError, "max_diagnostics"):
                routerctl.load(text, max_diagnostics=most)


class Objects(unittest.TestCase):
    def test_what_was_read(self):
        documents = routerctl.load(routerctl.Text(CHAT))
        [chat] = documents.objects
        self.assertEqual((chat.kind, chat.namespace, chat.name, chat.has_errors),
                         ("InferenceService", "default", "chat", True))
        self.assertEqual(chat.place, routerctl.Place("<string>", 4, 9))
        self.assertEqual(chat.get("spec.modelName"), "org/model")
        self.assertEqual(chat.to_dict()["metadata"], {"name": "chat"})
        with self.assertRaises(LookupError):
            chat.get("spec.nothing")
        self.assertEqual(documents.document_count, 1)

    def test_canonical_yaml(self):
        [chat] = routerctl.load(service(backendRef="svc")).objects
        self.assertIn("  backendRef:\n    name: svc\n    port: 8000\n", chat.to_yaml())
        again = routerctl.load(routerctl.Text(chat.to_yaml())).objects[0]
        self.assertEqual(again.to_yaml(), chat.to_yaml())


class Renderings(unittest.TestCase):
    def test_is_what_rctl_renders(self):
        rendering = routerctl.load(SAMPLES).render()
        for name, args in (("yaml", []), ("json", ["-o", "json"]), ("explain", ["--explain"])):
            self.assertEqual(rendering.format(name), rctl("render", *args, SAMPLES)[0])
        with self.assertRaisesRegex(ValueError, "no format 'toml'"):
            rendering.format("toml")

    def test_manifests(self):
        documents = routerctl.load(service(backendRef="svc"))
        rendering = documents.render()
        self.assertEqual([(m.kind, m.name) for m in rendering],
                         [("Deployment", "svc"), ("Service", "svc")])
        self.assertEqual(rendering[0].owner.name, "chat")
        self.assertEqual(rendering[1].to_dict()["spec"]["ports"][0]["port"], 8000)
        self.assertEqual("---\n".join(m.format() for m in rendering), rendering.format())
        self.assertIs(documents.render(), rendering)

    def test_writes_to_files(self):
        rendering = routerctl.load(SAMPLES).render()
        file = io.BytesIO()
        rendering.write(file)
        self.assertEqual(file.getvalue().decode(), rendering.format())

        class Slow(io.RawIOBase):
            taken = b""

            def write(self, data):
                self.taken += bytes(data[:1000])
                return min(len(data), 1000)

        slow = Slow()
        rendering.write(slow)
        self.assertEqual(slow.taken, file.getvalue())

    def test_passes_others_through(self):
        other = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
        self.assertEqual(len(routerctl.load(other).render()), 0)
        [manifest] = routerctl.load(other, pass_through=True).render()
        self.assertEqual((manifest.kind, manifest.namespace, manifest.owner),
                         ("Namespace", None, None))

    def test_what_cannot_be_rendered_is_told(self):
        documents = routerctl.load(service(speculativeDecodingRef="gone"))
        documents.check().render()
        with self.assertRaises(routerctl.DocumentError):
            documents.check()
        before = len(documents.diagnostics)
        documents.render()
        self.assertEqual(len(documents.diagnostics), before)

    def test_diff(self):
        old = routerctl.load(service(backendRef="a", replicas=1), service("gone"))
        new = routerctl.load(service(backendRef="a", replicas=2), service("new"))
        changes = {(c.type, c.kind, c.name) for c in old.diff(new)}
        self.assertEqual(changes, {("changed", "Deployment", "a"), ("added", "Deployment", "new"),
                                   ("added", "Service", "new"), ("removed", "Deployment", "gone"),
                                   ("removed", "Service", "gone")})
        [change] = [c for c in routerctl.diff(old, new) if c.type == "changed"]
        self.assertEqual(change.places, (routerctl.Difference("spec.replicas", 1, 2),))
        self.assertFalse(change.restarts)
        self.assertEqual(old.diff(old), ())

    def test_absent_values(self):
        old = routerctl.load(service())
        new = routerctl.load(service(env=[{"name": "A", "value": "1"}]))
        places = [place for change in old.diff(new) for place in change.places]
        self.assertTrue(any(place.old is routerctl.ABSENT for place in places))


class Plans(unittest.TestCase):
    def test_is_what_rctl_plans(self):
        plans = routerctl.load(SAMPLES).plan(now=NOW)
        theirs = json.loads(rctl("plan", "-o", "json", "--now", "2026-01-31T12:00:00Z", SAMPLES)[0])
        self.assertEqual([plan.to_dict() for plan in plans], theirs)

    def test_world(self):
        [plan] = routerctl.load(service(backendRef="svc")).plan(now=NOW)
        self.assertEqual([(a.type, a.kind, a.precondition) for a in plan if a.type == "apply"],
                         [("apply", "Service", "absent"), ("apply", "Deployment", "absent")])
        there = [dict(a.body, metadata={**a.body["metadata"], "uid": str(i)})
                 for i, a in enumerate(plan) if a.type == "apply"]
        [later] = routerctl.load(service(backendRef="svc", replicas=3)).plan(*there, now=NOW)
        [deployment] = [a for a in later if a.kind == "Deployment"]
        self.assertIn("spec.replicas", deployment.paths)
        self.assertEqual((deployment.precondition, deployment.restarts), ("uid", False))

    def test_probes(self):
        world = routerctl.World(now=NOW)
        route = {"apiVersion": service()["apiVersion"], "kind": "StaticRoute",
                 "metadata": {"name": "r", "uid": "u", "generation": 1},
                 "spec": {"serviceDiscovery": "static", "routingLogic": "roundrobin",
                          "staticBackends": "http://10.0.0.1:8000", "staticModels": "m"}}
        world.add(route)
        plan = world.reconcile("StaticRoute", "default", "r")
        [probe] = [a for a in plan if a.type == "probe"]
        self.assertIsNone(probe.body)
        self.assertGreater(probe.timeout, 0)
        with self.assertRaisesRegex(RuntimeError, "does not change"):
            world.add(route)
        after = routerctl.World(now=NOW)
        after.add(route)
        after.add_probe(probe.url, "healthy", at=NOW, body=b"{}")
        status = [a.body["status"] for a in after.reconcile("StaticRoute", "default", "r")
                  if a.type == "status"]
        self.assertIn("healthy", json.dumps(status).lower())
        with self.assertRaises(ValueError):
            after.reconcile("Deployment", "default", "r")

    def test_times(self):
        with self.assertRaisesRegex(ValueError, "time zone"):
            routerctl.World(now=datetime.datetime(2026, 1, 1))
        with self.assertRaises(TypeError):
            routerctl.World(now=0)
        with self.assertRaisesRegex(ValueError, "years"):
            routerctl.World(now=datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc))


class Tables(unittest.TestCase):
    def test_tables(self):
        self.assertEqual(routerctl.__version__, rctl("version")[0].split()[1])
        self.assertIn("engine.unknown", [code.code for code in routerctl.codes()])
        self.assertEqual(routerctl.crd("infsvc"), rctl("crds", "infsvc")[0])
        for call in (routerctl.crd, routerctl.explain):
            with self.assertRaisesRegex(LookupError, "nonsense"):
                call("nonsense")

    def test_graph(self):
        documents = routerctl.load(SAMPLES)
        for name in ("svg", "dot", "mermaid", "text"):
            self.assertEqual(documents.graph(name), rctl("graph", "-o", name, SAMPLES)[0])

    def test_endpoints(self):
        case = next((ROOT / "tests" / "golden").glob("*/*/endpoints.json"))
        with self.assertRaises(routerctl.UnreadableError):
            routerctl.load(service(), endpoints={"front": "nowhere"})
        documents = routerctl.load(service(), endpoints={"front": case})
        self.assertIn("front", documents.diagnostics.format())


if __name__ == "__main__":
    unittest.main()
