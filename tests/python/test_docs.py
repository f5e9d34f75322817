"""Do the snippets of docs/python.md run, and print what stands below them?"""
import contextlib
import io
import os
import re
import shutil
import tempfile
import unittest

from support import ROOT, SAMPLES

PAGE = ROOT / "docs" / "python.md"
SNIPPET = re.compile(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.M | re.S)


class Docs(unittest.TestCase):
    def test_snippets(self):
        text = PAGE.read_text(encoding="utf-8")
        snippets = list(SNIPPET.finditer(text))
        self.assertGreater(len(snippets), 5)
        names = {}
        home = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(SAMPLES, folder + "/manifests")
            os.chdir(folder)
            try:
                for snippet in snippets:
                    line = text.count("\n", 0, snippet.start()) + 2
                    out = io.StringIO()
                    with self.subTest(line=line), contextlib.redirect_stdout(out):
                        exec(compile("\n" * (line - 1) + snippet[1], str(PAGE), "exec"), names)
                        self.assertEqual(out.getvalue(), snippet[2] or "")
            finally:
                os.chdir(home)


if __name__ == "__main__":
    unittest.main()
