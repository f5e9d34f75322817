"""Are the same files read as rctl reads, in the same order, and are all faults told?"""
import gzip
import os
import pickle
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import routerctl
from support import CHAT, python, rctl


class Files(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.folder = Path(self.scratch.name)

    def write(self, name, data=CHAT):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def assertAsRctl(self, *operands):
        """The diagnostics hold the names of all files, since each has a fault."""
        out, _, status = rctl("validate", *operands)
        self.assertIn(status, (0, 1))
        self.assertEqual(routerctl.load(*operands).diagnostics.format(), out)
        return out

    def test_folders(self):
        for name in ("b.yaml", "a.yml", "a/z.json", "a/a.yaml.gz", "B.yaml", "c/d/e.yml",
                     "a.b.yaml"):
            data = CHAT.replace("chat", "n-" + name.replace("/", "-").lower())
            self.write(name, gzip.compress(data.encode()) if name.endswith(".gz") else data)
        for name in (".hidden.yaml", ".git/x.yaml", "readme.md", ".yaml", "x.gz", "a.yaml.bak"):
            self.write(name, "no: manifest")
        os.symlink(self.folder / "b.yaml", self.folder / "link.yaml")
        os.symlink(self.folder, self.folder / "a" / "loop")
        os.symlink(self.folder, self.folder / "a" / "loop.yaml")
        out = self.assertAsRctl(self.folder)
        self.assertEqual(out.count("error: spec.engine"), 7)
        self.assertAsRctl(str(self.folder) + "///")

    def test_order_and_doubles(self):
        b, a = self.write("b.yaml"), self.write("a.yaml", CHAT.replace("chat", "other"))
        os.link(a, self.folder / "again.yaml")
        for operands in ((b, a), (a, b), (b, self.folder), (self.folder, b), (b, b)):
            self.assertAsRctl(*operands)

    def test_several_documents(self):
        text = "---\n".join(CHAT.replace("chat", f"chat-{i}") for i in range(3))
        self.assertEqual(len(routerctl.load(self.write("a.yaml", text)).objects), 3)
        self.assertAsRctl(self.folder)

    def test_named_files_need_no_ending(self):
        self.assertAsRctl(self.write("manifest.txt"))
        self.assertAsRctl(self.write("m.txt", gzip.compress(CHAT.encode())))

    def test_what_is_too_long(self):
        path = self.write("long.yaml", b"#" * (64 * 1024 * 1024 + 1))
        self.assertIn("limit", self.assertAsRctl(path))
        self.write("long.yaml", gzip.compress(b"#" * (64 * 1024 * 1024 + 1)))
        self.assertIn("limit", self.assertAsRctl(path))

    def test_pipes(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        with subprocess.Popen([sys.executable, "-c", f"open({str(fifo)!r}, 'w').write({CHAT!r})"]):
            self.assertEqual(len(routerctl.load(fifo).objects), 1)
        os.mkfifo(self.folder / "fifo.yaml")
        with self.assertRaisesRegex(routerctl.UnreadableError, "not a regular file"):
            routerctl.load(self.folder)

    def test_standard_input(self):
        done = python("import routerctl; print(routerctl.load('-', '-').diagnostics.format())",
                      input=CHAT)
        self.assertEqual(done.stdout.strip(), rctl("validate", "-", text=CHAT)[0].strip())

    def test_texts_and_objects_between_files(self):
        path = self.write("a.yaml")
        loaded = routerctl.load(path, routerctl.Text(CHAT.replace("chat", "b"), "b"),
                                {"kind": "Thing", "apiVersion": "v1"}, path)
        self.assertEqual([d.file for d in loaded.diagnostics.of("error")][:2], [str(path), "b"])

    def test_all_that_cannot_be_read_is_told(self):
        self.write("good.yaml")
        (self.folder / "empty").mkdir()
        with self.assertRaises(routerctl.UnreadableError) as caught:
            routerctl.load(self.folder / "good.yaml", self.folder / "none", self.folder / "empty",
                           self.folder / "nor.yaml")
        told = caught.exception
        self.assertEqual([os.path.basename(e.filename) for e in told.errors],
                         ["none", "empty", "nor.yaml"])
        self.assertIsInstance(told, OSError)
        self.assertEqual(told.filename, str(self.folder / "none"))
        self.assertIn("empty': no *.yaml, *.yml or *.json files in it", str(told))
        self.assertEqual(str(pickle.loads(pickle.dumps(told))), str(told))

    def test_folders_that_are_too_deep(self):
        deep = self.folder.joinpath(*["d"] * 102)
        deep.mkdir(parents=True)
        (deep / "a.yaml").write_text(CHAT)
        with self.assertRaisesRegex(routerctl.UnreadableError, "nested too deeply"):
            routerctl.load(self.folder)

    def test_a_folder_that_is_a_link_is_read_when_named(self):
        self.write("in/a.yaml")
        os.symlink(self.folder / "in", self.folder / "out")
        self.assertAsRctl(self.folder / "out")


if __name__ == "__main__":
    unittest.main()
