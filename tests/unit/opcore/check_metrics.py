#!/usr/bin/python3
"""The text of the metrics, read by a strict parser, and against the page of reference:
check_metrics.py SAMPLE_PROGRAM PAGE. Where the package prometheus_client is installed, its
parsers have to agree."""
import math
import re
import subprocess
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
VALUE = re.compile(r"[+-]?(?:\d+\.?\d*(?:e[+-]\d+)?|Inf)$|NaN$")
SAMPLE = re.compile(rf"({NAME})(\{{.*\}})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), text)


def parse_labels(text, line):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        assert found, f"bad labels: {line}"
        assert found[1] not in labels, f"label twice: {line}"
        assert not (found[3] and found.end() == len(text)), f"comma at the end: {line}"
        labels[found[1]] = unescape(found[2])
        at = found.end()
    return labels


def parse(text, openmetrics):
    assert text.endswith("\n") and "\n\n" not in text
    lines = text[:-1].split("\n")
    if openmetrics:
        assert lines.pop() == "# EOF"
    assert "# EOF" not in lines
    families, seen, name, kind = {}, set(), None, None
    for i, line in enumerate(lines):
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            assert name not in families, f"family twice: {name}"
            assert lines[i + 1].startswith(f"# TYPE {name} "), name
            kind = lines[i + 1].split(" ")[3]
            assert kind in ("counter", "gauge", "histogram")
            families[name] = (kind, [])
        elif line.startswith("# TYPE "):
            assert lines[i - 1].startswith(f"# HELP {line.split(' ')[2]} ")
        else:
            found = SAMPLE.match(line)
            assert found, f"no sample: {line}"
            suffix = found[1].removeprefix(name)
            allowed = {"counter": ["_total"] if openmetrics else [""], "gauge": [""],
                       "histogram": ["_bucket", "_sum", "_count"]}[kind]
            assert found[1].startswith(name) and suffix in allowed, line
            labels = parse_labels(found[2][1:-1] if found[2] else "", line)
            assert VALUE.match(found[3]), f"no number: {line}"
            key = (found[1], tuple(sorted(labels.items())))
            assert key not in seen, f"sample twice: {line}"
            seen.add(key)
            families[name][1].append((suffix, labels, float(found[3])))
    return families


def check_histogram(name, samples):
    series = {}
    for suffix, labels, value in samples:
        bound = labels.pop("le", None)
        assert (bound is not None) == (suffix == "_bucket")
        series.setdefault(tuple(sorted(labels.items())), []).append((suffix, bound, value))
    for rows in series.values():
        buckets = [(float(bound), value) for suffix, bound, value in rows if suffix == "_bucket"]
        assert buckets == sorted(buckets), name
        assert all(a[1] <= b[1] for a, b in zip(buckets, buckets[1:])), name
        assert buckets[-1][0] == math.inf, name
        assert [suffix for suffix, _, _ in rows[-2:]] == ["_sum", "_count"], name
        assert rows[-1][2] == buckets[-1][1], name
    return len(series)


def read_reference(page):
    """The rows of docs/reference/metrics.md: type, labels, bound and meaning by name."""
    row = re.compile(r"\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*) \| (\d+) \| (.*) \|$",
                     re.M)
    return {name: (kind, re.findall(r"`(\w+)`", labels), int(most), meaning)
            for name, kind, labels, most, meaning in row.findall(page)}


def check_reference(text, page, openmetrics=False):
    """What a text has, and what the page says of it: names both ways, and the rest of each."""
    families = {name + "_total" * (openmetrics and kind == "counter"): (kind, samples)
                for name, (kind, samples) in parse(text, openmetrics).items()}
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.M))
    reference = read_reference(page)
    assert families.keys() == reference.keys(), f"{families.keys() ^ reference.keys()}"
    for name, (kind, samples) in families.items():
        assert (kind == "counter") == name.endswith("_total"), name
        series = {tuple(labels[key] for key in labels if key != "le")
                  for _, labels, _ in samples}
        told = (kind, [key for key in samples[0][1] if key != "le"], reference[name][2],
                helps[name.removesuffix("_total") if openmetrics and kind == "counter" else name])
        assert told == reference[name], f"{name}: {told}, {reference[name]}"
        # One more for what does not fit.
        assert 0 < len(series) <= reference[name][2] + 1, f"{name}: {len(series)} series"


def check_other_parser(text, openmetrics):
    try:
        if openmetrics:
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
        else:
            from prometheus_client.parser import text_string_to_metric_families
    except ImportError:
        return 0
    theirs = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            theirs[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    ours = {}
    for name, (_, samples) in parse(text, openmetrics).items():
        for suffix, labels, value in samples:
            ours[name + suffix, tuple(sorted(labels.items()))] = value
    assert ours == theirs, "the parsers do not agree"
    return len(theirs)


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        page = file.read()
    for form in ("text", "openmetrics"):
        text = subprocess.run([sys.argv[1], form], check=True, capture_output=True).stdout
        text = text.decode("utf-8")
        check_reference(text, page, form == "openmetrics")
        families = parse(text, form == "openmetrics")
        series = sum(check_histogram(name, samples) for name, (kind, samples) in families.items()
                     if kind == "histogram")
        agreed = check_other_parser(text, form == "openmetrics")
        print(f"{form}: {len(families)} metrics, {series} histograms, {agreed} samples agreed on")
        assert len(families) > 30 and series > 0


if __name__ == "__main__":
    main()
