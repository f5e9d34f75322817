"""Names in queries of PromQL: what is asked for, by which labels, and how it is combined.
Not a parser: promtool is one. Aggregations are to be written as `sum by (a, b) (...)`."""
import re
from collections import namedtuple

# `matchers`: (label, operator, value). `inside`: functions and aggregations around it, the
# innermost first. `by`: labels that aggregations around it keep, or None without one.
Use = namedtuple("Use", "metric matchers inside by")

TOKEN = re.compile(r'\s+|(?P<text>"(?:[^"\\]|\\.)*")|\[(?P<span>[^\]]*)\]'
                   r"|(?P<name>[a-zA-Z_:][\w:]*)|(?P<number>\d+(?:\.\d+)?)"
                   r"|(?P<sign>=~|!~|!=|==|>=|<=|[-+*/%^(){},=<>])")
FUNCTIONS = {"rate", "increase", "histogram_quantile", "absent", "time"}
AGGREGATIONS = {"sum", "max", "min", "avg", "count"}
OPERATORS = {"and", "or", "unless"}


class Fault(Exception):
    pass


def tokens(text):
    at, found = 0, []
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise Fault(f"{text[at:at + 20]!r} is not understood")
        at = match.end()
        if match.lastgroup:
            found.append((match.lastgroup, match[match.lastgroup]))
    return found + [("end", "")]


class Reader:
    def __init__(self, text):
        self.tokens, self.at = tokens(text), 0

    def take(self, wanted=None):
        kind, value = self.tokens[self.at]
        if wanted is not None and value != wanted:
            raise Fault(f"{value!r} where {wanted!r} should be")
        self.at += 1
        return kind, value

    def peek(self):
        return self.tokens[self.at][1]

    def labels(self):
        self.take("(")
        names = []
        while self.peek() != ")":
            names.append(self.take()[1])
            if self.peek() == ",":
                self.take()
        self.take(")")
        return names

    def matchers(self):
        found = []
        if self.peek() != "{":
            return found
        self.take("{")
        while self.peek() != "}":
            label, operator = self.take()[1], self.take()[1]
            kind, value = self.take()
            if kind != "text" or operator not in ("=", "!=", "=~", "!~"):
                raise Fault(f"{label}{operator}{value} is no matcher")
            found.append((label, operator, value[1:-1]))
            if self.peek() == ",":
                self.take()
        self.take("}")
        return found


def uses(text):
    """(each metric that a query asks for, the labels of its result). Parentheses are kept on a
    stack, each with what stands before it: a function, or an aggregation and its labels."""
    reader, stack, found, outer = Reader(text), [], [], None
    while True:
        kind, value = reader.take()
        if kind == "end":
            break
        if kind == "name" and value in AGGREGATIONS:
            by = []
            if reader.peek() == "by":
                reader.take()
                by = reader.labels()
            reader.take("(")
            if outer is None and not any(of is not None for _, of in stack):
                outer = by
            stack.append((value, by))
        elif kind == "name" and reader.peek() == "(":
            if value not in FUNCTIONS:
                raise Fault(f"there is no function {value}")
            reader.take("(")
            stack.append((value, None))
        elif kind == "name" and value not in OPERATORS:
            matchers = reader.matchers()
            by = [set(of) for _, of in stack if of is not None]
            found.append(Use(value, matchers, [name for name, _ in reversed(stack)],
                             set.union(*by) if by else None))
        elif value == "(":
            stack.append(("", None))
        elif value == ")":
            if not stack:
                raise Fault("a ) too much")
            stack.pop()
    if stack:
        raise Fault("a ) is missing")
    if any(use.inside[:1] == ["absent"] for use in found):
        outer = outer or []
    return found, None if outer is None else set(outer) - {"le"}
