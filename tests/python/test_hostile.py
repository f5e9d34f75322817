"""Does what no manifest can hold raise a clear exception, with its path, and never crash?"""
import collections
import datetime
import decimal
import enum
import math
import pathlib
import unittest
from unittest import mock

import routerctl
from support import BROKEN, CHAT, service


def wrapped(value):
    return service(engineConfig={"key": [value]})


class Values(unittest.TestCase):
    def assertRefused(self, error, text, value):
        for call in (lambda: routerctl.load(wrapped(value)),
                     lambda: routerctl.load(service(), wrapped(value)),
                     lambda: routerctl.World().add(wrapped(value)),
                     lambda: typed(engine_config={"key": [value]}).to_dict()):
            with self.assertRaisesRegex(error, text):
                call()

    def test_surrogates(self):
        self.assertRefused(ValueError, r"spec\.engineConfig\.key\[0\]: the text holds a lone",
                           "\udc00")
        with self.assertRaisesRegex(ValueError, "surrogate"):
            routerctl.load(service(engineConfig={"\ud800": 1}))

    def test_huge_numbers(self):
        for number in (2**63, -2**63 - 1, 10**5000):
            self.assertRefused(ValueError, r"key\[0\]: the number does not fit into 64", number)
        for number in (2**63 - 1, -2**63):
            routerctl.load(wrapped(number))

    def test_numbers_that_are_none(self):
        for number in (math.nan, math.inf, -math.inf):
            self.assertRefused(ValueError, r"key\[0\]: -?(nan|inf) is no number", number)

    def test_cycles(self):
        tree = service()
        tree["spec"]["engineConfig"] = tree
        with self.assertRaisesRegex(ValueError, r"spec\.engineConfig: this contains itself"):
            routerctl.load(tree)
        items = []
        items += [items, items]
        self.assertRefused(ValueError, "contains itself", items)

    def test_deep_nesting(self):
        for n in (1000, 100000):
            tree = []
            for _ in range(n):
                tree = [tree]
            self.assertRefused(ValueError, "nested more than 100 deep", tree)

    def test_sharing_is_no_cycle_but_has_an_end(self):
        one = {"a": "b"}
        routerctl.load(service(engineConfig={"x": one, "y": one}))
        bomb = "x"
        for _ in range(30):
            bomb = [bomb] * 10
        with mock.patch.object(routerctl._plain, "MOST_VALUES", 1000):
            self.assertRefused(ValueError, "more than 1000 values", bomb)

    def test_bytes(self):
        for value in (b"x", bytearray(b"x"), memoryview(b"x")):
            self.assertRefused(TypeError, r"key\[0\]: \w+ is not text; decode it first", value)
        with self.assertRaisesRegex(TypeError, r"a key must be a str, not bytes"):
            routerctl.load(service(engineConfig={b"key": 1}))
        with self.assertRaisesRegex(TypeError, "bytes are no path"):
            routerctl.load(CHAT.encode())

    def test_foreign_types(self):
        for value in ({1, 2}, decimal.Decimal(1), object(), 1j, lambda: 1, int,
                      enum.Enum("E", "a").a, datetime.date(2026, 1, 1)):
            self.assertRefused(TypeError, "has no place in a manifest", value)

    def test_subtypes(self):
        class Engine(str, enum.Enum):
            VLLM = "vllm"

        class Number(enum.IntEnum):
            TWO = 2

        found = routerctl.load(service(
            engine=Engine.VLLM, replicas=Number.TWO,
            engineConfig=collections.OrderedDict({"max-num-seqs": True}))).objects[0]
        self.assertEqual(found.get("spec.engine"), "vllm")
        self.assertEqual(found.get("spec.replicas"), 2)

    def test_times(self):
        moment = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.timezone.utc)
        tree = service()
        tree["metadata"]["creationTimestamp"] = moment
        self.assertEqual(routerctl.load(tree).objects[0].get("metadata.creationTimestamp"),
                         "2026-01-01T12:00:00Z")
        self.assertRefused(ValueError, "no time zone", datetime.datetime(2026, 1, 1))

    def test_objects_that_fight_back(self):
        class Bad:
            def to_dict(self):
                raise KeyError("mine")

        class Self:
            def to_dict(self):
                return self

        self.assertRefused(KeyError, "mine", Bad())
        self.assertRefused(ValueError, "contains itself", Self())

    def test_null_characters_are_a_fault(self):
        self.assertTrue(routerctl.load(service(engineConfig={"a": "x\0y"})).has_errors)


def typed(**spec):
    return routerctl.InferenceService(
        metadata=routerctl.ObjectMeta(name="chat"),
        spec=routerctl.InferenceServiceSpec(model_name="org/model", **spec))


class Members(unittest.TestCase):
    def test_wrong_types(self):
        for spec, text in (
                ({"image": 1}, r"spec\.image: str is wanted, not int"),
                ({"image": b"x"}, r"spec\.image: str is wanted, not bytes"),
                ({"replicas": "2"}, r"spec\.replicas: int is wanted, not str"),
                ({"replicas": True}, r"spec\.replicas: int is wanted, not bool"),
                ({"replicas": 1.0}, r"spec\.replicas: int is wanted, not float"),
                ({"engine_args": "--x"}, r"spec\.engineArgs: a list is wanted, not str"),
                ({"engine_args": ["--x", 1]}, r"spec\.engineArgs\[1\]: str is wanted, not int"),
                ({"engine_config": []}, r"spec\.engineConfig: a mapping is wanted, not list"),
                ({"engine_config": {1: 2}}, r"spec\.engineConfig: a key must be a str, not int"),
                ({"model": {"source": "/x"}}, r"spec\.model: Model is wanted, not dict"),
                ({"backend_ref": 1}, r"spec\.backendRef: BackendRef is wanted, not int"),
                ({"resources": "1"}, r"spec\.resources: a mapping or an object of the Kuber"),
                ({"topology_hint": routerctl.TopologyHint(node_selector={"a": 1})},
                 r"spec\.topologyHint\.nodeSelector\.a: str is wanted, not int")):
            with self.subTest(text), self.assertRaisesRegex(TypeError, text):
                routerctl.load(typed(**spec))

    def test_values_that_do_not_fit(self):
        cache = routerctl.SemanticCache(store_ref="s", threshold=math.nan)
        for spec, text in (({"replicas": 2**63}, "spec.replicas: the number does not fit"),
                           ({"image": "\udcff"}, "spec.image: the text holds a lone surrogate"),
                           ({"nlp_filters": routerctl.NlpFilters(semantic_cache=cache)},
                            "threshold: nan is no number")):
            with self.subTest(text), self.assertRaisesRegex(ValueError, text):
                routerctl.load(typed(**spec))

    def test_the_same_the_other_way(self):
        for tree, error in ((service(image=1), TypeError), (service(engineArgs="x"), TypeError),
                            (service(model=[]), TypeError), (service(replicas="1"), TypeError),
                            ([], TypeError), ({}, ValueError), (None, TypeError)):
            with self.subTest(tree), self.assertRaises(error):
                routerctl.InferenceService.from_dict(tree)


class Arguments(unittest.TestCase):
    def test_sources(self):
        for source, error in ((1, TypeError), (None, TypeError), ([], TypeError),
                              (object(), TypeError), ([service()], TypeError), (typed, TypeError),
                              (routerctl.InferenceService, TypeError),
                              ("a\0b", ValueError), (pathlib.Path("a\0b"), ValueError),
                              (routerctl.Text(CHAT, "a\0b"), ValueError),
                              (routerctl.Text(CHAT, 1), TypeError), (routerctl.Text(1), TypeError),
                              (routerctl.Text("\udc00"), ValueError)):
            with self.subTest(source), self.assertRaises(error):
                routerctl.load(source)

    def test_options(self):
        for options, error in (({"namespace": 1}, TypeError), ({"namespace": "a\0b"}, ValueError),
                               ({"namespace": "\udc00"}, ValueError),
                               ({"max_diagnostics": "1"}, TypeError), ({"missing": []}, TypeError),
                               ({"endpoints": {1: "x"}}, (TypeError, OSError)),
                               ({"progress": 1}, TypeError), ({"nonsense": 1}, TypeError)):
            with self.subTest(options), self.assertRaises(error):
                routerctl.load(service(), **options)

    def test_queries(self):
        documents = routerctl.load(BROKEN)
        for call, error in ((lambda: documents.objects[0].get(1), TypeError),
                            (lambda: documents.objects[0].get("a\0b"), ValueError),
                            (lambda: documents.objects[0].get("[[["), LookupError),
                            (lambda: documents.objects[2**70], IndexError),
                            (lambda: documents.diagnostics.total("fatal"), ValueError),
                            (lambda: documents.graph(1), ValueError),
                            (lambda: routerctl.explain(None), TypeError),
                            (lambda: routerctl.World().reconcile("StaticRoute", "x", 1),
                             TypeError),
                            (lambda: routerctl.World().add_probe("u", "sick", at=None),
                             ValueError)):
            with self.assertRaises(error):
                call()

    def test_broken_texts_are_diagnostics(self):
        for text in (b"\xff\xfe", b"\0", b"{", b"a: [", b"\x1f\x8b broken", "a: *b", "- " * 1000,
                     ""):
            documents = routerctl.load(routerctl.Text(text))
            self.assertTrue(documents.has_errors or not len(documents.objects))

    def test_names_of_files_are_any_bytes(self):
        import os
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(os.fsencode(folder), b"\xff.yaml")
            with open(name, "w", encoding="utf-8") as file:
                file.write(CHAT)
            [found] = routerctl.load(folder).diagnostics
            self.assertEqual(os.fsencode(found.file), name)
            self.assertIn("<testcase", routerctl.load(folder).diagnostics.format(
                "junit", files=[os.fsdecode(name)]))


if __name__ == "__main__":
    unittest.main()
