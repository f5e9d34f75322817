"""Volumes and variables of a pod, made of what the API server has, as a kubelet makes them.

Folders of ConfigMaps, Secrets and service account tokens are written next to a link `..data`
that is swapped when they change, so that a program sees all of a change or nothing. What
is not there yet is a Waiting; what this kubelet does not know is a LookupError."""
import base64
import os
import re
from pathlib import Path

VARIABLE = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
SIZES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30,
         "Ti": 2**40}


class Waiting(Exception):
    """Why a container is not made yet: the reason that kubectl shows, and more."""

    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


def amount(quantity):
    number, unit = re.fullmatch(r"(\d+)([A-Za-z]*)", str(quantity)).groups()
    return int(number) * SIZES[unit]


def read(api, kind, namespace, name, optional=False):
    answer = api.get(f"/api/v1/namespaces/{namespace}/{kind}/{name}")
    if answer.ok:
        return answer.body
    if optional:
        return {}
    raise Waiting("CreateContainerConfigError", f"{kind} {name}: {answer.message}")


def content(api, namespace, kind, source):
    """File name -> bytes of a ConfigMap or Secret, as `items` say."""
    name = source.get("name") or source.get("secretName")
    found = read(api, kind, namespace, name, source.get("optional", False))
    files = {key: base64.b64decode(value) if kind == "secrets" else value.encode()
             for key, value in (found.get("data") or {}).items()}
    if "items" not in source:
        return files
    for item in source["items"]:
        if item["key"] not in files:
            raise Waiting("CreateContainerConfigError", f"{kind} {name} has no {item['key']}")
    return {item["path"]: files[item["key"]] for item in source["items"]}


def field(pod, path):
    """The downward API."""
    if path == "status.podIP":
        return pod["status"]["podIP"]
    if path == "status.hostIP":
        return pod["status"]["hostIP"]
    if path == "spec.nodeName":
        return pod["spec"]["nodeName"]
    part, _, key = path.partition(".")
    found = re.fullmatch(r"(labels|annotations)\['(.+)'\]", key)
    if part == "metadata" and found:
        return pod["metadata"].get(found.group(1), {}).get(found.group(2), "")
    if part == "metadata" and key in ("name", "namespace", "uid"):
        return pod["metadata"][key]
    raise LookupError(f"the downward API has no {path}")


def token(api, pod, source):
    meta = pod["metadata"]
    account = pod["spec"].get("serviceAccountName") or "default"
    answer = api.request("POST", f"/api/v1/namespaces/{meta['namespace']}/serviceaccounts/"
                         f"{account}/token", {
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"expirationSeconds": source.get("expirationSeconds", 3600),
                 "audiences": [source["audience"]] if source.get("audience") else [],
                 "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": meta["name"],
                                    "uid": meta["uid"]}}})
    if not answer.ok:
        raise Waiting("CreateContainerConfigError", answer.message)
    return answer.body["status"]["token"].encode()


def projected(api, pod, volume):
    files = {}
    namespace = pod["metadata"]["namespace"]
    for source in volume["sources"]:
        (kind, part), = source.items()
        if kind == "serviceAccountToken":
            files[part["path"]] = token(api, pod, part)
        elif kind == "configMap":
            files.update(content(api, namespace, "configmaps", part))
        elif kind == "secret":
            files.update(content(api, namespace, "secrets", part))
        elif kind == "downwardAPI":
            files.update({item["path"]: field(pod, item["fieldRef"]["fieldPath"]).encode()
                          for item in part["items"]})
        else:
            raise LookupError(f"no projected volume of {kind} here")
    return files


def files_of(api, pod, volume):
    """What a volume of files holds; None for one that is empty at first."""
    namespace = pod["metadata"]["namespace"]
    if "emptyDir" in volume:
        return None
    if "configMap" in volume:
        return content(api, namespace, "configmaps", volume["configMap"])
    if "secret" in volume:
        return content(api, namespace, "secrets", volume["secret"])
    if "projected" in volume:
        return projected(api, pod, volume["projected"])
    raise LookupError(f"the volume {volume['name']} is of a kind that is not known here")


def put_files(folder, files):
    """Writes all files, or nothing when they are as they were; whether it wrote."""
    folder = Path(folder)
    old = folder / "..data"
    if old.exists() and {p.name: p.read_bytes() for p in old.iterdir()} == files:
        return False
    number = len(list(folder.glob("..v*"))) if folder.exists() else 0
    new = folder / f"..v{number}"
    new.mkdir(parents=True)
    for name, data in files.items():
        (new / name).write_bytes(data)
    link = folder / "..next"
    link.symlink_to(new.name)
    os.replace(link, old)
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    for path in folder.iterdir():
        if not path.name.startswith("..") and path.name not in files:
            path.unlink()
    return True


def environment(api, pod, container, known):
    """`known` and the variables of a container, each with those before it filled in."""
    namespace = pod["metadata"]["namespace"]
    values = dict(known)
    for source in container.get("envFrom", []):
        kind, part = next((k, p) for k, p in source.items() if k != "prefix")
        kinds = {"configMapRef": "configmaps", "secretRef": "secrets"}
        values.update({source.get("prefix", "") + key: value.decode() for key, value in
                       content(api, namespace, kinds[kind], part).items()})
    for variable in container.get("env", []):
        source = variable.get("valueFrom")
        values[variable["name"]] = from_source(api, pod, source) if source else \
            expand(variable.get("value", ""), values)
    return values


def from_source(api, pod, source):
    (kind, part), = source.items()
    if kind == "fieldRef":
        return field(pod, part["fieldPath"])
    kinds = {"configMapKeyRef": "configmaps", "secretKeyRef": "secrets"}
    if kind not in kinds:
        raise LookupError(f"no variable from {kind} here")
    files = content(api, pod["metadata"]["namespace"], kinds[kind], part)
    if part["key"] not in files:
        if part.get("optional"):
            return ""
        raise Waiting("CreateContainerConfigError", f"{part['name']} has no {part['key']}")
    return files[part["key"]].decode()


def expand(word, values):
    """$(NAME) as the kubelet replaces it; a name that is not known stays as it is."""
    return VARIABLE.sub(lambda m: "$" if m.group() == "$$" else
                        values.get(m.group(1), m.group()), word)
