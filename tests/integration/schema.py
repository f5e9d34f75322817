"""Our kinds, as the API server sees them: the CRDs themselves, and whether their schemas
and `rctl validate` think alike about documents."""
import fnmatch
import re

from world import GROUP, ROOT, SAMPLES, VERSION, Document, kube, read_documents

HERE = ROOT / "tests/integration"
GOOD_CONDITIONS = {("Established", "True"), ("NamesAccepted", "True"), ("Terminating", "False")}
ERROR = re.compile(r"^(in[^:]*):(\d+):\d+: error: .*\[([a-z0-9.-]+)\]$", re.M)
TAKEN = "taken, although rctl tells"


def crds(world):
    """Are the CRDs accepted, without any warning or doubtful condition?"""
    for name, answer in world.install_crds().items():
        world.looked_at += 1
        if not answer.ok:
            yield f"{name}: refused: {answer.message}"
            continue
        for warning in answer.warnings:
            yield f"{name}: {warning}"
        live = world.api.get(world.api.path_of(answer.body)).body
        for condition in live["status"]["conditions"]:
            if (condition["type"], condition["status"]) not in GOOD_CONDITIONS:
                yield (f"{name}: {condition['type']} is {condition['status']}: "
                       f"{condition.get('message')}")


def documented():
    """The YAML blocks of our documents that show our kinds."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.M | re.S):
            if GROUP in block:
                yield page.name, block


def samples(world):
    """Does the server take each sample, and each example of the documents?"""
    world.install_crds()
    namespace = world.namespace("samples")
    for path in sorted(SAMPLES.glob("*.yaml")):
        for document in read_documents(path):
            yield from refusals(world, document, namespace, path.name)
    for page, block in documented():
        document = Document(block, 0, 0, VERSION, re.search(r"^kind: (\w+)", block, re.M).group(1),
                            None, None)
        yield from refusals(world, document, namespace, page)


def refusals(world, document, namespace, where):
    world.looked_at += 1
    answer = world.try_out(document, world.namespace(document.namespace or namespace))
    if not answer.ok:
        yield f"{where}:{document.first}: {document.kind} {document.name}: {answer.message}"
    for warning in answer.warnings:
        yield f"{where}:{document.first}: {document.kind} {document.name}: {warning}"


def read_rows(path):
    """The first word of each line that is no comment."""
    lines = path.read_text("utf-8").splitlines()
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def read_errors(path):
    """The file, line and code of each error that is expected, except for what is good but
    not rendered."""
    text = path.read_text("utf-8", "replace") if path.exists() else ""
    return [(name, int(line), code) for name, line, code in ERROR.findall(text)
            if not code.startswith("render.")]


def agreement(world):
    """Is a document that rctl calls good taken, and a bad one refused or listed in looser.txt?"""
    world.install_crds()
    rows = read_rows(HERE / "looser.txt")
    used = set()
    for case in sorted((ROOT / "tests/golden").glob("*/*/")):
        told = read_errors(case / "diags.txt")
        for path in sorted(case.glob("in*")):
            for document in read_documents(path):
                codes = {code for name, line, code in told
                         if name == path.name and document.first <= line <= document.last}
                if document.api_version == VERSION and world.api.resource(VERSION, document.kind):
                    world.looked_at += 1
                    fault = disagreement(world, document, codes)
                    fitting = {row for row in rows if fnmatch.fnmatch(case.name, row)}
                    if fault == TAKEN and fitting:
                        used |= fitting
                    elif fault:
                        yield (f"{case.name}/{path.name}:{document.first}: {document.kind} "
                               f"{document.name}: {fault} {' '.join(sorted(codes))}".rstrip())
    for row in rows:
        if row not in used:
            yield f"looser.txt: {row} names no document that the server takes"


def disagreement(world, document, codes):
    """Where the server and rctl differ about one document, in words; None where they agree."""
    answer = world.try_out(document, world.namespace(document.namespace or "agreement"))
    if answer.status >= 500:
        return f"the server failed: {answer.message}"
    if answer.ok and codes:
        return TAKEN
    if not answer.ok and not codes:
        return f"refused, although rctl has nothing against it: {answer.message}"
    return None


def columns(world):
    """Do the columns of `kubectl get` show what their objects hold?"""
    answers = world.install_crds()
    namespace = world.namespace("columns")
    ready = {"type": "Ready", "status": "True", "reason": "Serving", "message": "Works.",
             "lastTransitionTime": "2026-01-01T00:00:00Z"}
    for path in sorted(SAMPLES.glob("*.yaml")):
        for document in read_documents(path):
            if document.api_version == VERSION and document.namespace in (None, namespace):
                where = world.api.path(VERSION, document.kind, namespace)
                world.api.request("POST", where, document.text, content=kube.YAML)
                world.api.request("PATCH", f"{where}/{document.name}/status",
                                  {"status": {"conditions": [ready]}}, content=kube.MERGE)
    for answer in answers.values():
        spec = answer.body["spec"]
        world.looked_at += 1
        where = world.api.path(VERSION, spec["names"]["kind"], namespace)
        table = world.api.request("GET", where, accept=kube.TABLE).body
        titles = [c["name"] for c in table["columnDefinitions"]]
        wanted = ["Name"] + [c["name"] for c in spec["versions"][0]["additionalPrinterColumns"]]
        if titles != wanted:
            yield f"{spec['names']['kind']}: the columns are {titles}, not {wanted}"
        if not table["rows"]:
            yield f"{spec['names']['kind']}: no sample of it was stored"
        for row in table["rows"]:
            shown = dict(zip(titles, row["cells"]))
            if shown.get("Ready") != "True" or not shown.get("Age"):
                yield f"{spec['names']['kind']}: a row shows {shown}"


def flat(text):
    return " ".join(text.split())


def explain(world):
    """Does `kubectl explain` show each field of a spec with its meaning?"""
    answers = world.install_crds()
    for answer in answers.values():
        names = answer.body["spec"]["names"]
        schema = answer.body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        topic = f"{names['shortNames'][0]}.spec"
        # The server publishes what explain reads a moment after the CRD; until then
        # kubectl fails and prints nothing.
        shown = world.wait(f"kubectl explain {topic}",
                           lambda t=topic: flat(world.kubectl("explain", t).stdout))
        for name, field in schema["properties"].items():
            world.looked_at += 1
            if flat(field["description"]) not in shown or f" {name} <" not in shown:
                yield f"{names['kind']}: kubectl explain does not show spec.{name}"


def commands(world):
    """Does `kubectl apply` of the folder work, a second time without a change, and do the
    short names?"""
    for again in (False, True):
        done = world.kubectl("apply", "-f", "config/crd/bases/")
        lines = done.stdout.splitlines()
        world.looked_at += len(lines)
        if done.returncode or len(lines) != len(list((ROOT / "crds").glob("*.yaml"))):
            yield f"kubectl apply: status {done.returncode}: {done.stdout}{done.stderr}"
        yield from (f"kubectl apply, again: {line}" for line in lines
                    if again and not line.endswith(" unchanged"))
    short = [answer.body["spec"]["names"]["shortNames"][0]
             for answer in world.install_crds().values()]
    for name in [",".join(short), "inference"]:
        done = world.kubectl("get", name)
        if done.returncode:
            yield f"kubectl get {name}: {done.stderr}"
