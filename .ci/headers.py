"""Reads the public headers as data: for the man pages, the reference page and the ABI dump.

A header is plain C99: comments, #define, and declarations that end in ';' on the top level.
A comment belongs to the declarations that follow it, up to the next comment or empty line."""
import re
from pathlib import Path


class HeaderError(Exception):
    """Something that these headers must not hold; names the file and what is wrong there."""


class Decl:
    """One declaration. `kind` is function, struct, enum, alias (typedef of something else),
    opaque or macro; `text` is what stands in the header, comments included."""

    def __init__(self, kind, name, text):
        self.kind, self.name, self.text = kind, name, text


class Group:
    """Declarations that share a comment; `doc` is its text, None without one."""

    def __init__(self, doc, title):
        self.doc, self.title, self.decls = doc, title, []

    def calls(self):
        return [d for d in self.decls if d.kind == "function"]


class Header:
    def __init__(self, name, doc, groups):
        self.name, self.doc, self.groups = name, doc, groups


COMMENT = re.compile(r"/\*.*?\*/", re.S)
TITLE = re.compile(r"---- (.*) ----$")
CXX = re.compile(r"^#ifdef __cplusplus\n.*?^#endif\n", re.S | re.M)
# The export mark has one form for each system; nothing of it is told to readers.
EXPORT_MARK = re.compile(r"^#if defined\(_WIN32\)\n.*?^#endif\n", re.S | re.M)


def plain(text):
    """Without comments, on one line."""
    return " ".join(COMMENT.sub(" ", text).split())


def comment_text(comment):
    """What a comment says: lines without the frame, their further indentation kept."""
    lines = comment[2:-2].split("\n")
    lines = [re.sub(r"^\s*\* ?", "", line) if i else line.strip() for i, line in enumerate(lines)]
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def split_code(text):
    """Yields comments, #-lines, empty lines and declarations, in their order."""
    at = 0
    while at < len(text):
        if text[at] == "\n":
            end = at + 1
            yield "blank" if text[at:at + 2] == "\n\n" else "newline", ""
        elif text[at] in " \t":
            end = at + 1
        elif text.startswith("/*", at):
            end = text.index("*/", at) + 2
            yield "comment", text[at:end]
        elif text[at] == "#":
            end = text.index("\n", at)
            yield "hash", text[at:end]
        else:
            end, depth = at, 0
            while text[end] != ";" or depth:
                if text.startswith("/*", end):
                    end = text.index("*/", end) + 1
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            end += 1
            yield "declaration", text[at:end]
        at = end


def declaration(text, where):
    code = plain(text)
    for kind, pattern in (
            ("function", r"RCTL_EXPORT .*?\b(\w+) ?\([^*]"),
            ("enum", r"(?:typedef )?enum (\w+) {"),
            ("struct", r"(?:typedef )?struct (\w+) {"),
            ("opaque", r"typedef struct (\w+) \1;"),
            ("alias", r"typedef .*\(\*(\w+)\)\("),
            ("alias", r"typedef \w+ \(?(\w+)\)?(?:\(.*)?;")):
        found = re.match(pattern, code)
        if found:
            return Decl(kind, found[1], text)
    raise HeaderError(f"{where}: cannot read '{code}'")


def parse(path):
    text = EXPORT_MARK.sub("", CXX.sub("", path.read_text()))
    doc, title, groups, group, pending = None, None, [], None, None
    for kind, piece in split_code(text):
        if kind == "comment":
            words = comment_text(piece)
            if doc is None:
                doc = words
            elif TITLE.match(words):
                title = TITLE.match(words)[1]
                group = pending = None
            else:
                pending, group = words, None
        elif kind == "blank":
            group = pending = None
        elif kind == "declaration" or re.match(r"#define RCTL_\w+(\(| +\S)", piece):
            if group is None:
                group = Group(pending, title)
                groups.append(group)
            if kind == "hash":
                group.decls.append(Decl("macro", re.match(r"#define (\w+)", piece)[1], piece))
            else:
                group.decls.append(declaration(piece, path.name))
    return Header(path.name, doc, groups)


def read_all(include):
    """The umbrella, and the headers that it includes, in its order."""
    folder = Path(include)
    umbrella = parse(folder / "routerctl.h")
    names = re.findall(r"^#include <(routerctl/\w+\.h)>", (folder / "routerctl.h").read_text(),
                       re.M)
    missing = {f"routerctl/{p.name}" for p in (folder / "routerctl").glob("*.h")} - set(names)
    if missing:
        raise HeaderError(f"routerctl.h does not include {', '.join(sorted(missing))}")
    headers = [parse(folder / name) for name in names]
    undocumented = [d.name for h in headers for g in h.groups if not g.doc for d in g.decls]
    if undocumented:
        raise HeaderError("no comment stands directly above " + ", ".join(undocumented))
    return umbrella, headers


# ---- types ----

def split_top(text, mark=","):
    """Cut at marks outside of parentheses."""
    parts, depth = [""], 0
    for c in text:
        depth += {"(": 1, ")": -1}.get(c, 0)
        if c == mark and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return [p.strip() for p in parts if p.strip()]


def tidy(text):
    return re.sub(r"\s*\*\s*", "*", " ".join(text.split())).replace("*", " *").replace("* *", "**")


def unnamed(text):
    """The type of a declaration with a name in it, and that name."""
    pointer = re.match(r"(.*)\(\*(\w+)\)\((.*)\)$", text)
    if pointer:
        return f"{tidy(pointer[1])} (*)({parameters(pointer[3])})", pointer[2]
    found = re.match(r"(.*?)(\w+)$", text)
    return tidy(found[1]), found[2]


def parameters(text):
    return ", ".join("void" if p == "void" else unnamed(p)[0] for p in split_top(text))


def prototype(decl):
    """The return type and the types of the parameters of a call."""
    found = re.match(rf"RCTL_EXPORT (.*?)\b{decl.name} ?\((.*)\);$", plain(decl.text))
    return tidy(found[1]), parameters(found[2])


def body(decl):
    code = plain(decl.text)
    return code[code.index("{") + 1:code.rindex("}")]


def members(decl):
    """Name and type of each member of a struct, in order."""
    found = []
    for line in split_top(body(decl), ";"):
        first, *others = split_top(line)
        kind, name = unnamed(first)
        found.append((name, kind))
        for other in others:
            base = re.match(r"[\w ]*\w", kind)[0]
            extra_kind, name = unnamed(f"{base} {other}")
            found.append((name, extra_kind))
    return found


def constants(decl):
    return [re.match(r"\w+", part)[0] for part in split_top(body(decl))]
