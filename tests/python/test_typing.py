"""Do strict type checkers agree with the package, and do they find what is wrong with its use?"""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import routerctl
from support import ROOT

PACKAGE = Path(routerctl.__file__).parent
GOOD = """
import datetime
import routerctl

service = routerctl.InferenceService(
    metadata=routerctl.ObjectMeta(name="chat"),
    spec=routerctl.InferenceServiceSpec(
        model_name="org/model", engine="sglang", replicas=2, backend_ref="svc",
        resources={"limits": {"nvidia.com/gpu": "1"}},
        model=routerctl.Model(cache=routerctl.ModelCache(size="10Gi"))))
documents = routerctl.load("folder", {"kind": "x"}, service, routerctl.Text("a: b"),
                           missing="error", progress=lambda told: print(told.phase, told.memory))
for diagnostic in documents.diagnostics:
    reveal_type(diagnostic.severity)
reveal_type(documents.diagnostics[0].line)
reveal_type(documents.objects[:1])
reveal_type([manifest.to_dict() for manifest in documents.check().render()])
reveal_type(documents.plan(now=datetime.datetime.now(datetime.timezone.utc))[0][0].body)
reveal_type(service.spec.router)
try:
    documents.check()
except routerctl.DocumentError as error:
    reveal_type(error.diagnostics)
"""
BAD = {
    'routerctl.InferenceServiceSpec()': "model_name",
    'routerctl.InferenceServiceSpec(model_name=1)': "model_name",
    'routerctl.InferenceServiceSpec(model_name="x", engine="vlm")': "engine",
    'routerctl.InferenceServiceSpec(model_name="x", replica=1)': "replica",
    'routerctl.load("x", missing="maybe")': "missing",
    'routerctl.load("x").render().format("xml")': "format",
    'routerctl.load("x").diagnostics[0].colour': "colour",
}


@unittest.skipUnless(shutil.which("mypy"), "mypy is not installed")
class Typing(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def mypy(self, *args):
        done = subprocess.run(["mypy", "--strict", "--no-color-output", "--python-version", "3.10",
                               f"--cache-dir={self.folder / 'cache'}", *map(str, args)],
                              capture_output=True, text=True, cwd=self.folder,
                              env={**os.environ, "PYTHONMALLOC": "default"})
        return done.returncode, done.stdout + done.stderr

    def test_the_package_is_clean(self):
        status, out = self.mypy(ROOT / "bindings" / "python" / "src" / "routerctl")
        self.assertEqual(status, 0, out)

    def test_its_use(self):
        (self.folder / "good.py").write_text(GOOD)
        (self.folder / "bad.py").write_text("import routerctl\n" + "\n".join(BAD) + "\n")
        # As it is installed: found by its py.typed.
        (self.folder / "routerctl").symlink_to(PACKAGE)
        status, out = self.mypy("good.py")
        self.assertEqual(status, 0, out)
        for shown in ("Literal['error']", "builtins.int", "list[routerctl._documents.Object]",
                      "dict[builtins.str, Any]", "routerctl.kinds.RouterChoice",
                      "tuple[routerctl._diagnostics.Diagnostic, ...]"):
            self.assertIn(shown.lower(), out.replace("builtins.list", "list").replace(
                "builtins.dict", "dict").replace("builtins.tuple", "tuple").lower())
        status, out = self.mypy("bad.py")
        for line, (code, word) in enumerate(BAD.items(), 2):
            with self.subTest(code):
                found = [told for told in out.splitlines() if told.startswith(f"bad.py:{line}:")]
                self.assertTrue(any(word in told for told in found), out)


if __name__ == "__main__":
    unittest.main()
