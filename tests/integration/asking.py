"""`rctl plan --live`, `rctl diff --live` and `rctl status` on a real control plane, as a user who
may list and nothing else: before anything is there, while it comes up, at rest, and after
others had their hands in it. None of them may write."""
import base64
import json
import subprocess
import tempfile
from pathlib import Path

from operate import changes, samples, scene
from operators import Operator
from world import VERSION, Skipped, kube

import controlplane  # its folder was found by world

RBAC = "rbac.authorization.k8s.io/v1"
NAME = "live-chat"
SECRET = base64.b64encode(b"nobody reads this").decode()


class User:
    """Somebody with the rights that were given to him in the namespace, and rctl."""

    def __init__(self, here, folder):
        self.here, self.folder, self.world = here, folder, here.world
        if not self.world.rctl.with_name("rctl-operator").exists():
            raise Skipped("there is no rctl-operator beside rctl")
        path = controlplane.make_kubeconfig(self.world.kubeconfig.parent,
                                            self.world.api.server.port, "reader", "/CN=reader")
        config = json.loads(path.read_text())
        config["contexts"][0]["context"]["namespace"] = here.namespace
        self.kubeconfig = folder / "config"
        self.kubeconfig.write_text(json.dumps(config))

    def run(self, *words):
        """Exit status, what is printed, what is said."""
        self.world.looked_at += 1
        done = subprocess.run([self.world.rctl, *words], cwd=self.folder, capture_output=True,
                              text=True, timeout=60, env={"KUBECONFIG": str(self.kubeconfig)})
        if SECRET in done.stdout + done.stderr:
            raise RuntimeError(f"{words}: a Secret is printed")
        return done.returncode, done.stdout, done.stderr

    def expect(self, code, texts, *words):
        """What is wrong with a run, as lines."""
        status, out, err = self.run(*words)
        if status != code:
            yield f"{' '.join(words)}: status {status} instead of {code}: {err[-300:]}"
        yield from (f"{' '.join(words)}: no '{text}' in:\n{out}"
                    for text in texts if text not in out)

    def put(self, name, *objects):
        (self.folder / name).write_text("".join(json.dumps(o) + "\n" for o in objects))


def service(**spec):
    return {"apiVersion": VERSION, "kind": "InferenceService", "metadata": {"name": NAME},
            "spec": {"modelName": "llama3", **spec}}


def refused(user):
    """Without rights it is said which are lacking; with them it goes."""
    here = user.here
    status, out, err = user.run("status")
    role = err[err.find("apiVersion: rbac"):]
    if status != 3 or out or not role.startswith("apiVersion") or "is forbidden" not in err:
        yield f"status without rights: {status} {out} {err}"
        return
    role = role[:role.index("rctl: ")]
    answer = here.api.request("PATCH", here.api.path(RBAC, "Role", here.namespace, "rctl-read"),
                              role, content=kube.APPLY, fieldManager="user")
    if not answer.ok:
        yield f"the Role is refused: {answer.message}"
    here.api.request("POST", here.api.path(RBAC, "RoleBinding", here.namespace), {
        "metadata": {"name": "rctl-read"},
        "roleRef": {"apiGroup": RBAC.split("/")[0], "kind": "Role", "name": "rctl-read"},
        "subjects": [{"apiGroup": RBAC.split("/")[0], "kind": "User", "name": "reader"}]})
    here.world.wait("rights of the reader", lambda: user.run("status")[0] == 0)
    yield from user.expect(3, [], "status", "-A")
    yield from user.expect(3, [], "plan", "--live", "-n", "kube-system")


def before(user):
    """Nothing is there: all is to be made, in the namespace of the context."""
    yield from user.expect(0, ["\n2 to create, 0 to change (0 with a restart of pods), 0 to delete",
                               f"InferenceService {user.here.namespace}/{NAME}",
                               f"+ Deployment {NAME}"], "plan", "--live", "chat.yaml")
    yield from user.expect(1, [f"+ Deployment {user.here.namespace}/{NAME}\n"],
                           "diff", "--live", "chat.yaml")
    yield from user.expect(0, [" 0 to change (0 with a restart of pods), 0 to delete"],
                           "plan", "--live", "samples")
    yield from user.expect(0, [], "status")
    yield from user.expect(1, [], "status", f"infsvc/{NAME}")


def rolling_out(user):
    """A pod is held back, and seen to be."""
    here = user.here
    here.world.wait("a pod and word of it", lambda: {"NotReady", "NoPodReady"} <= set(
        user.run("status", NAME)[1].replace(":", " ").split()))
    yield from user.expect(1, [f"✗ InferenceService {here.namespace}/{NAME}: NoPodReady",
                               f"├─ ✗ Service {NAME}: 0 endpoints ready, 1 not",
                               f"✗ Deployment {NAME}: 0 of 1 ready, 1 updated\n",
                               f"   └─ ✗ Pod {NAME}-"], "status", f"infsvc/{NAME}")


def dangling(user):
    here = user.here
    here.say(**{"api_version": VERSION, "kind": "InferenceService", "name": NAME,
                "spec": service(inferenceCacheRef="nowhere")["spec"]})
    here.world.wait("word of the reference", lambda: here.conditions("InferenceService", NAME)
                    .get("Accepted", {}).get("reason") == "RefNotFound")
    yield from user.expect(1, ["NotAccepted", "✗ Accepted: RefNotFound: spec.inferenceCacheRef",
                               "└─ ✗ → InferenceCache nowhere (spec.inferenceCacheRef): does not "
                               "exist"], "status", NAME)
    yield from user.expect(1, ["not accepted, its children are left alone"], "plan", "--live")
    here.say(VERSION, "InferenceService", NAME, spec=service()["spec"])


def at_rest(user):
    yield from user.expect(0, ["0 to create, 0 to change (0 with a restart of pods), 0 to delete"],
                           "plan", "--live", "samples", "chat.yaml")
    status, out, err = user.run("diff", "--live", "samples", "chat.yaml")
    if status != 0 or out:
        yield f"a difference at rest: {status} {out} {err}"
    status, out, _ = user.run("status")
    if status != 0 or out.count("\n✓ ") < 10:
        yield f"not all is ready: {status}\n{out}"
    status, out, _ = user.run("status", "-o", "json")
    trees = json.loads(out)
    yield from (f"{t['kind']} {t['name']}: {t['ready']}" for t in trees
                if t["ready"]["status"] != "True")
    chat, = (t for t in trees if t["name"] == NAME)
    children = {c["kind"]: c for c in chat["children"]}
    if children["Deployment"]["replicas"] != dict(wanted=1, total=1, updated=1, ready=1) or \
            children["Service"]["endpoints"] != dict(ready=1, notReady=0):
        yield f"the children are {chat['children']}"


def drifted(user):
    """What others have changed, and what the next round would do; also edits that need more."""
    here = user.here
    here.merge("apps/v1", "Deployment", NAME, {"spec": {"template": {"spec": {
        "terminationGracePeriodSeconds": 7}}}})
    here.delete("v1", "Service", NAME)
    here.world.wait("the end of the Service",
                    lambda: f"+ Service {NAME}" in user.run("plan", "--live")[1])
    yield from user.expect(0, ["1 to create, 1 to change (1 with a restart of pods), 0 to delete",
                               f"~ Deployment {NAME}: pods restart\n      spec.template.spec."
                               "terminationGracePeriodSeconds"], "plan", "--live")
    yield from user.expect(1, [f"+ Service {here.namespace}/{NAME}\n",
                               f"~ Deployment {here.namespace}/{NAME}: pods restart\n",
                               "    spec.template.spec.terminationGracePeriodSeconds: 7 -> "],
                           "diff", "--live", "chat.yaml")
    user.put("halves.yaml", service(prefillDecodingRef="live-halves"),
             {"apiVersion": VERSION, "kind": "PrefillDecodingDisaggregation",
              "metadata": {"name": "live-halves"}, "spec": {"modelName": "llama3"}})
    yield from user.expect(0, [f"! Deployment {NAME}: pods restart: deleted and made anew, "
                               "spec.selector cannot be changed"], "plan", "--live", "halves.yaml")
    yield from user.expect(1, ["spec.selector cannot be changed, it is deleted and made anew"],
                           "diff", "--live", "halves.yaml")


def large(here):
    """As large as an API server takes them, and of a kind that nobody reads."""
    for path, body in (
            ("ConfigMap", {"metadata": {"name": "large", "annotations": {"a": "x" * 250_000}},
                           "data": {"x": "x" * 1_000_000}}),
            ("Secret", {"metadata": {"name": "key"}, "data": {"x": SECRET}})):
        answer = here.api.request("POST", here.api.path("v1", path, here.namespace), body)
        if not answer.ok:
            yield f"{path}: {answer.message}"


def live(world):
    """Do they say what is, what will be, and write nothing?"""
    here = scene(world, "live")
    hold = world.kubeconfig.parent / "hold"
    with tempfile.TemporaryDirectory() as scratch:
        user = User(here, Path(scratch))
        user.put("chat.yaml", service())
        (user.folder / "samples").mkdir()
        for i, document in enumerate(samples(here.namespace)):
            (user.folder / "samples" / f"{i:02}.yaml").write_text(document.text)
        yield from refused(user)
        yield from large(here)
        before_all = here.versions()
        yield from before(user)
        yield from changes(before_all, here.versions())
        hold.write_text(f"app.kubernetes.io/instance={NAME}\n")
        try:
            here.apply(*samples(here.namespace))
            here.say(VERSION, "InferenceService", NAME, spec=service()["spec"])
            with Operator(world, here.namespace) as operator:
                yield from rolling_out(user)
                hold.unlink()
                yield from dangling(user)
                here.wait_ready()
                operator.rest(2)
        finally:
            hold.unlink(missing_ok=True)
        before_all = here.versions()
        yield from at_rest(user)
        yield from changes(before_all, here.versions())
        yield from drifted(user)
