#!/usr/bin/env python3
"""Are the CRDs structural, and do the samples fit them?

Checks offline what the API server would refuse when a CRD is applied: the rules
of structural schemas, defaults that their own schema refuses, broken patterns,
rules in CEL about fields that CEL cannot see. Then every sample of our group is
held against the schema of its kind.

usage: check_structural.py CRD_DIR [SAMPLE_DIR]
"""

import pathlib
import re
import sys

import jsonschema
import yaml

LARGEST = 256 * 1024
OPEN = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING = "x-kubernetes-int-or-string"
TYPES = {"object", "array", "string", "integer", "number", "boolean"}
FORBIDDEN = ("$ref", "$schema", "definitions", "dependencies", "deprecated", "discriminator", "id",
             "patternProperties", "readOnly", "uniqueItems", "writeOnly", "xml")
KNOWN = {"type", "description", "default", "enum", "format", "pattern", "minLength", "maxLength",
         "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems",
         "maxItems", "minProperties", "maxProperties", "required", "properties", "items",
         "additionalProperties", "nullable", "title", "example", "externalDocs", OPEN,
         INT_OR_STRING, "x-kubernetes-embedded-resource", "x-kubernetes-list-type",
         "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations"}


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, faults):
        """One thing that was looked at, with what is wrong with it."""
        faults = list(faults)
        for fault in faults:
            print(fault)
        if faults:
            self.failed += 1
        else:
            self.passed += 1


def to_json_schema(schema):
    """The same schema without Kubernetes' extensions, for jsonschema."""
    if not isinstance(schema, dict):
        return schema
    plain = {k: v for k, v in schema.items() if not k.startswith("x-") and k != "format"}
    if schema.get(INT_OR_STRING):
        plain["type"] = ["integer", "string"]
    if "properties" in plain:
        plain["properties"] = {k: to_json_schema(v) for k, v in plain["properties"].items()}
        if not schema.get(OPEN):
            # The API server prunes what it does not know, which strict clients refuse.
            plain["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(plain.get(key), dict):
            plain[key] = to_json_schema(plain[key])
    return plain


def validate(schema, value):
    validator = jsonschema.Draft4Validator(to_json_schema(schema))
    try:
        errors = sorted(validator.iter_errors(value), key=lambda e: list(map(str, e.path)))
    except jsonschema.exceptions.UnknownType as error:
        yield "", f"there is no type {error.type}"
        return
    for error in errors:
        yield ".".join(map(str, error.path)), error.message


def check_list(schema, where):
    if "items" not in schema:
        yield f"{where}: an array without items"
    kind = schema.get("x-kubernetes-list-type", "atomic")
    if kind not in ("atomic", "set", "map"):
        yield f"{where}: unknown list type {kind}"
    keys = schema.get("x-kubernetes-list-map-keys", [])
    if (kind == "map") != bool(keys):
        yield f"{where}: list-map-keys go with list type map"
    items = schema.get("items", {})
    for key in keys:
        field = items.get("properties", {}).get(key)
        if field is None:
            yield f"{where}: the key {key} of the list is no property of its items"
        elif key not in items.get("required", []) and "default" not in field:
            yield f"{where}: the key {key} of the list is neither required nor has a default"


def check_rules(schema, where):
    """CEL sees only fields whose schema has a type."""
    for rule in schema.get("x-kubernetes-validations", []):
        if not rule.get("message") or "\n" in rule["message"]:
            yield f"{where}: a rule needs a message of one line"
        for path in re.findall(r"\bself((?:\.\w+)+)", rule["rule"]):
            node = schema
            for name in path.strip(".").split("."):
                node = node.get("properties", {}).get(name)
                if node is None:
                    yield f"{where}: the rule names self{path}, which is no field"
                    break
                if "type" not in node and not node.get(INT_OR_STRING):
                    yield f"{where}: the rule names self{path}, which has no type that CEL sees"
                    break


def check_node(schema, where, root=False):
    for key in schema:
        if key in FORBIDDEN or key not in KNOWN:
            yield f"{where}: {key} has no place in a structural schema"
    kind = schema.get("type")
    if kind is None and not schema.get(OPEN) and not schema.get(INT_OR_STRING):
        yield f"{where}: has no type"
    if kind is not None and kind not in TYPES:
        yield f"{where}: unknown type {kind}"
    if kind is not None and schema.get(INT_OR_STRING):
        yield f"{where}: int-or-string has no type beside it"
    if schema.get(OPEN) and kind not in (None, "object"):
        yield f"{where}: only objects preserve unknown fields"
    if "properties" in schema and "additionalProperties" in schema:
        yield f"{where}: properties and additionalProperties exclude each other"
    if schema.get("additionalProperties") is False:
        yield f"{where}: additionalProperties may not be false"
    if schema.get("nullable"):
        yield f"{where}: nulls are dropped, so nothing is nullable"
    if not root and not schema.get("description") and not where.endswith(("[]", "{}", ".metadata")):
        yield f"{where}: has no description"
    for name in schema.get("required", []):
        if name not in schema.get("properties", {}):
            yield f"{where}: requires {name}, which is no property"
    if "enum" in schema and not schema["enum"]:
        yield f"{where}: the enum is empty"
    if "pattern" in schema:
        try:
            re.compile(schema["pattern"])
        except re.error as error:
            yield f"{where}: the pattern does not compile: {error}"
    if "default" in schema:
        for path, message in validate(schema, schema["default"]):
            yield f"{where}: the default is refused by its own schema: {path} {message}"
    if kind == "array":
        yield from check_list(schema, where)
    yield from check_rules(schema, where)
    for name, child in schema.get("properties", {}).items():
        yield from check_node(child, f"{where}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from check_node(schema["items"], f"{where}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from check_node(schema["additionalProperties"], f"{where}{{}}")


def check_columns(version, where):
    kinds = {"string", "integer", "number", "boolean", "date"}
    for column in version.get("additionalPrinterColumns", []):
        if column.get("type") not in kinds:
            yield f"{where}: column {column.get('name')} has no type"
        if not column.get("jsonPath", "").startswith("."):
            yield f"{where}: column {column.get('name')} has no jsonPath"
        node = version["schema"]["openAPIV3Schema"]
        for name in re.findall(r"\.(\w+)", column["jsonPath"].split("[")[0]):
            if node.get("type") == "object" and "properties" in node:
                node = node["properties"].get(name)
                if node is None:
                    yield f"{where}: column {column['name']} shows {name}, which is no field"
                    break


def check_crd(path, crd):
    """Everything about one CRD except for the samples."""
    where = path.name
    if path.stat().st_size > LARGEST:
        yield f"{where}: larger than {LARGEST} bytes"
    if crd.get("apiVersion") != "apiextensions.k8s.io/v1" or \
            crd.get("kind") != "CustomResourceDefinition":
        yield f"{where}: is no CustomResourceDefinition of v1"
        return
    spec = crd["spec"]
    names = spec["names"]
    if crd["metadata"]["name"] != f"{names['plural']}.{spec['group']}":
        yield f"{where}: the name is not <plural>.<group>"
    if names["plural"] != names["plural"].lower() or names["singular"] != names["kind"].lower():
        yield f"{where}: plural and singular are lower-case forms of the kind"
    if spec["scope"] != "Namespaced":
        yield f"{where}: is not namespaced"
    if "inference" not in names.get("categories", []) or not names.get("shortNames"):
        yield f"{where}: lacks its category or short name"
    if [v["name"] for v in spec["versions"] if v["storage"]] != ["v1alpha1"]:
        yield f"{where}: does not store exactly v1alpha1"
    for version in spec["versions"]:
        schema = version["schema"]["openAPIV3Schema"]
        if version.get("subresources", {}).get("status") is None:
            yield f"{where}: has no status subresource"
        if schema.get("type") != "object":
            yield f"{where}: the root is no object"
        yield from check_node(schema, where, root=True)
        yield from check_columns(version, where)
        for name in ("spec", "status"):
            if name not in schema.get("properties", {}):
                yield f"{where}: has no {name}"
        status = schema["properties"].get("status", {}).get("properties", {})
        if status.get("conditions", {}).get("x-kubernetes-list-map-keys") != ["type"]:
            yield f"{where}: conditions are no map by type"


def main(argv):
    if len(argv) not in (2, 3):
        print(__doc__.strip().splitlines()[-1], file=sys.stderr)
        return 2
    report = Report()
    schemas, groups = {}, set()
    for path in sorted(pathlib.Path(argv[1]).glob("*.yaml")):
        crd = yaml.safe_load(path.read_text(encoding="utf-8"))
        report.check(check_crd(path, crd))
        groups.add(crd["spec"]["group"])
        for version in crd["spec"]["versions"]:
            key = (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"])
            schemas[key] = version["schema"]["openAPIV3Schema"]
    if not schemas:
        report.check([f"{argv[1]}: holds no CRDs"])
    samples = sorted(pathlib.Path(argv[2]).rglob("*.yaml")) if len(argv) == 3 else []
    for path in samples:
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if not isinstance(document, dict):
                continue
            version, kind = document.get("apiVersion", ""), document.get("kind", "")
            if version.split("/")[0] not in groups:
                continue
            schema = schemas.get((version, kind))
            name = f"{path.name}: {kind} {document.get('metadata', {}).get('name')}"
            if schema is None:
                report.check([f"{name}: there is no CRD of {version}"])
            else:
                report.check(f"{name}: {place}: {message}"
                             for place, message in validate(schema, document))
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
