#!/usr/bin/python3
"""The public headers as documents: api_pages.py ROOT writes, below ROOT, docs/reference/api.md
and docs/man/man3: a page for each comment above calls, a page for each header, and
routerctl(3). A call without a comment ends it with the name of the call."""
import re
import sys
import textwrap
from pathlib import Path

import headers
import roff

HERE = Path(__file__).resolve().parent.parent
MANUAL = "Router Controller's library"


def first_sentence(doc):
    text = " ".join(doc.split("\n\n")[0].split())
    return re.split(r"[.;](?:\s|$)", text)[0].rstrip(".:")


def summary(doc):
    """As it stands behind the dash of NAME."""
    text = first_sentence(doc).replace("`", "")
    acronym = re.match(r"[A-Z][A-Z]|[A-Z][a-z]*[A-Z]", text)
    return text if acronym else text[0].lower() + text[1:]


def stem(header):
    return header.name[:-2]


def shown(decl):
    """A declaration as users should read it."""
    return re.sub(r"^RCTL_EXPORT ", "", re.sub(r"\n {4,}(?=[^ ])", "\n    ", decl.text)
                  if decl.kind == "function" else decl.text)


class Api:
    def __init__(self, include):
        self.umbrella, self.headers = headers.read_all(include)
        groups = [g for h in self.headers for g in h.groups]
        self.types = {d.name: g for g in groups for d in g.decls
                      if d.kind in ("struct", "enum", "alias", "opaque")}
        decls = {d.name: d for g in groups for d in g.decls}
        self.version = re.search(r'"(.*)"', decls["RCTL_VERSION"].text)[1]
        self.errors = dict(re.findall(r"/\* ((?:[^*]|\*(?!/))*) \*/\s*RCTL_E_(\w+)",
                                      decls["rctl_error"].text))
        self.errors = {name: " ".join(re.sub(r"\n\s*\*", " ", text).split())
                       for text, name in self.errors.items()}

    # ---- man pages ----

    def types_of(self, group):
        """The groups of types that the calls of a group name, in order of their names."""
        words = {w for d in group.calls() for w in re.findall(r"\brctl_\w+", headers.plain(d.text))}
        named = {id(self.types[w]): self.types[w] for w in sorted(words)
                 if w in self.types and self.types[w] is not group}
        # An opaque type is of use here only when its comment tells something about the calls.
        return [g for g in named.values() if not g.doc.startswith("Opaque:")]

    def error_lines(self, group):
        doc = " ".join([group.doc, *(t.doc for t in self.types_of(group)
                                     if t.decls[0].kind == "opaque")])
        lines = []
        for name, meaning in self.errors.items():
            if re.search(rf"\b(RCTL_E_)?{name}\b", doc):
                lines += [".TP", f"\\fBRCTL_E_{name}\\fP", *roff.wrap(meaning)]
        if lines and all(headers.prototype(d)[0] == "int" for d in group.calls()):
            lines = ["0 when all went well, or one of:", *lines]
        elif lines:
            lines = ["Calls that return \\fIint\\fP give 0 when all went well, or one of:", *lines]
        return lines

    def call_page(self, header, group):
        names = [d.name for d in group.calls()]
        synopsis = ["#include <routerctl.h>", ""]
        for decl in group.decls:
            synopsis += shown(decl).split("\n")
        types = []
        for other in self.types_of(group):
            types += [".PP", *roff.verbatim("\n".join(shown(d) for d in other.decls).split("\n"))]
            types += roff.paragraphs(other.doc)
        see = [f"routerctl_{stem(header)}", "routerctl"]
        return roff.page(
            names[0], 3, names, summary(group.doc), self.version, MANUAL,
            roff.section("SYNOPSIS", roff.verbatim(synopsis)),
            roff.section("DESCRIPTION", roff.paragraphs(group.doc)),
            roff.section("RETURN VALUE", self.error_lines(group)),
            roff.section("TYPES", types),
            roff.section("SEE ALSO", [f".BR {name} (3)" + ("," if name != see[-1] else "")
                                      for name in see]))

    def header_page(self, header):
        calls, types = [], []
        for group in header.groups:
            for decl in group.calls():
                calls += [".TP", f".BR {decl.name} (3)",
                          *roff.wrap(first_sentence(group.doc) + ".")]
            others = [d for d in group.decls if d.kind != "function"]
            if others:
                types += [".PP", *roff.verbatim("\n".join(d.text for d in others).split("\n")),
                          *roff.paragraphs(group.doc)]
        name = f"routerctl_{stem(header)}"
        return roff.page(
            name, 3, [name], summary(header.doc), self.version, MANUAL,
            roff.section("SYNOPSIS", roff.verbatim([f"#include <routerctl/{header.name}>"])),
            roff.section("DESCRIPTION", roff.paragraphs(header.doc)),
            roff.section("CALLS", calls), roff.section("TYPES AND CONSTANTS", types),
            roff.section("SEE ALSO", [".BR routerctl (3)"]))

    def overview_page(self):
        pages = []
        for header in self.headers:
            pages += [".TP", f".BR routerctl_{stem(header)} (3)",
                      *roff.wrap(first_sentence(header.doc) + ".")]
        return roff.page(
            "routerctl", 3, ["routerctl"], summary(self.umbrella.doc.split(":", 1)[1].strip()),
            self.version, MANUAL,
            roff.section("SYNOPSIS", roff.verbatim(
                ["#include <routerctl.h>", "",
                 "cc app.c $(pkg-config --cflags --libs librouterctl)"])),
            roff.section("DESCRIPTION", roff.paragraphs(self.umbrella.doc)),
            roff.section("PAGES", pages),
            roff.section("SEE ALSO", [".BR rctl (1),", ".BR rctl-operator (8)"]))

    def man_pages(self):
        """File name and text of each page; a further name of a page leads to the first one."""
        yield "routerctl.3", self.overview_page()
        for header in self.headers:
            yield f"routerctl_{stem(header)}.3", self.header_page(header)
            for group in header.groups:
                for call in group.calls():
                    first = group.calls()[0]
                    yield f"{call.name}.3", (self.call_page(header, group) if call is first else
                                             f".so man3/{first.name}.3\n")

    # ---- Markdown ----

    @staticmethod
    def prose(doc):
        lines = []
        for kind, words in roff.blocks(doc):
            if kind == "code":
                lines += ["", "```", *(line[2:] for line in words), "```"]
            elif kind == "item":
                lines += textwrap.wrap(words, 100, initial_indent="- ", subsequent_indent="  ")
            else:
                lines += ["", *textwrap.wrap(words, 100, break_on_hyphens=False)]
        return lines

    def markdown(self):
        lines = ["<!-- Generated by .ci/generate; do not edit. -->", "", "# C API", "",
                 "This page is made from the comments of the headers in `include/`; so are the man",
                 "pages of each call. Programs that use it: [docs/examples](../examples/).",
                 *self.prose(self.umbrella.doc), ""]
        for header in self.headers:
            lines.append(f"- [{header.name}](#{header.name.replace('.', '')}): "
                         f"{first_sentence(header.doc)}.")
        for header in self.headers:
            title = None
            lines += ["", f"## {header.name}", *self.prose(header.doc)]
            for group in header.groups:
                if group.title != title:
                    title = group.title
                    lines += ["", f"### {title[0].upper()}{title[1:]}"]
                lines += [*self.prose(group.doc), "", "```c",
                          *(shown(d) for d in group.decls), "```"]
        return "\n".join(lines) + "\n"


def main():
    root = Path(sys.argv[1])
    try:
        api = Api(HERE / "include")
    except headers.HeaderError as fault:
        sys.exit(f"api_pages: {fault}")
    man3 = root / "docs/man/man3"
    for folder in (man3, root / "docs/reference"):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in api.man_pages():
        (man3 / name).write_text(text)
    (root / "docs/reference/api.md").write_text(api.markdown())


if __name__ == "__main__":
    main()
