"""Do the dataclasses of the kinds hold what manifests hold, both ways? That they agree with
the rows is not asked here: they are made from them, and arch.generated finds stale ones."""
import copy
import dataclasses
import pickle
import unittest

import routerctl
from support import SAMPLES, rctl, service

try:
    from kubernetes import client
except ImportError:
    client = None


def chat(**spec):
    return routerctl.InferenceService(
        metadata=routerctl.ObjectMeta(name="chat"),
        spec=routerctl.InferenceServiceSpec(model_name="org/model", **spec))


class Kinds(unittest.TestCase):
    def test_samples_survive(self):
        documents = routerctl.load(SAMPLES)
        for found in documents.objects:
            typed = found.to_resource()
            self.assertEqual(type(typed).__name__, found.kind)
            self.assertEqual(type(typed).from_dict(typed.to_dict()), typed)
            full = type(typed).from_dict(typed.to_dict(defaults=True))
            self.assertEqual(full, typed)
            for tree in (typed.to_dict(), typed.to_dict(defaults=True)):
                self.assertEqual(routerctl.load(tree).objects[0].to_yaml(), found.to_yaml())

    def test_dataclasses_render_as_manifests_do(self):
        written = routerctl.load(SAMPLES)
        typed = routerctl.load(*[found.to_resource() for found in written.objects])
        self.assertEqual(typed.render().format(), written.render().format())
        full = routerctl.load(*[found.to_resource().to_dict(defaults=True)
                                for found in written.objects])
        self.assertEqual(full.render().format(), written.render().format())

    def test_names_and_defaults(self):
        self.assertEqual(chat().spec.replicas, 1)
        self.assertEqual(chat(replicas=1).to_dict(), service())
        self.assertEqual(chat(replicas=2).to_dict()["spec"],
                         {"modelName": "org/model", "replicas": 2})
        policy = routerctl.GatewayNetworkPolicy(from_=[{"podSelector": {}}])
        self.assertEqual(policy.to_dict(), {"from": [{"podSelector": {}}]})
        self.assertEqual(chat().kind, "InferenceService")

    def test_docs(self):
        self.assertEqual(routerctl.InferenceService.__doc__, "A model behind a Service.")

    def test_references_are_names_or_objects(self):
        for ref in ("svc", routerctl.BackendRef(name="svc")):
            [found] = routerctl.load(chat(backend_ref=ref)).check().objects
            self.assertIn("    name: svc\n    port: 8000\n", found.to_yaml())
        back = routerctl.InferenceService.from_dict(service(backendRef={"name": "svc", "port": 1}))
        self.assertEqual(back.spec.backend_ref, routerctl.BackendRef(name="svc", port=1))

    def test_required_members(self):
        with self.assertRaisesRegex(TypeError, "model_name"):
            routerctl.InferenceServiceSpec()
        with self.assertRaisesRegex(TypeError, "spec.modelName: a value is wanted"):
            routerctl.InferenceService(
                metadata=routerctl.ObjectMeta(name="x"),
                spec=routerctl.InferenceServiceSpec(model_name=None)).to_dict()
        with self.assertRaisesRegex(ValueError, "spec: 'modelName' is missing"):
            routerctl.InferenceService.from_dict({**service(), "spec": {}})

    def test_unknown_fields(self):
        with self.assertRaisesRegex(ValueError, "spec: InferenceServiceSpec has no field 'repl"):
            routerctl.InferenceService.from_dict(service(replica=1))
        with self.assertRaises(AttributeError):
            chat().spec.replica = 3
        with self.assertRaisesRegex(ValueError, "kind: 'InferenceService' is wanted"):
            routerctl.InferenceService.from_dict({**service(), "kind": "StaticRoute"})

    def test_nulls_are_absent(self):
        self.assertEqual(routerctl.InferenceService.from_dict(service(image=None)), chat())

    def test_behave_as_dataclasses(self):
        one = chat(engine_config={"max-num-seqs": "1"})
        for other in (copy.deepcopy(one), pickle.loads(pickle.dumps(one)),
                      dataclasses.replace(one)):
            self.assertEqual(other, one)
        self.assertIn("model_name='org/model'", repr(one))

    def test_wishes_are_judged_by_the_library(self):
        [found] = routerctl.load(chat(engine="vlm", replicas=-1)).diagnostics.of("error")[:1]
        self.assertEqual(found.place, routerctl.Place("<object 0>", 0, 0))
        self.assertTrue(str(found).startswith("<object 0>: InferenceService/default/chat: error: "))

    def test_unknown_names_of_the_package(self):
        with self.assertRaisesRegex(AttributeError, "no attribute 'InferenceServer'"):
            routerctl.InferenceServer


@unittest.skipIf(client is None, "the Kubernetes client is not installed")
class KubernetesClient(unittest.TestCase):
    def test_objects_inside_of_ours(self):
        spec = chat(
            resources=client.V1ResourceRequirements(limits={"nvidia.com/gpu": "1"}),
            env=[client.V1EnvVar(name="A", value_from=client.V1EnvVarSource(
                secret_key_ref=client.V1SecretKeySelector(name="s", key="k")))],
            topology_hint=routerctl.TopologyHint(
                tolerations=[client.V1Toleration(key="gpu", operator="Exists")]))
        plain = service(resources={"limits": {"nvidia.com/gpu": "1"}},
                        env=[{"name": "A",
                              "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                        topologyHint={"tolerations": [{"key": "gpu", "operator": "Exists"}]})
        self.assertEqual(spec.to_dict(), plain)
        self.assertEqual(spec.to_dict(), client.ApiClient().sanitize_for_serialization(plain))
        routerctl.load(spec).check()

    def test_whole_objects(self):
        space = client.V1Service(
            api_version="v1", kind="Service", metadata=client.V1ObjectMeta(name="svc"),
            spec=client.V1ServiceSpec(ports=[client.V1ServicePort(port=80, target_port="http")]))
        [manifest] = routerctl.load(space, pass_through=True).render()
        self.assertEqual(manifest.to_dict(), client.ApiClient().sanitize_for_serialization(space))

    def test_what_a_cluster_has(self):
        documents = routerctl.load(service(backendRef="svc"))
        there = client.V1Service(
            api_version="v1", kind="Service",
            metadata=client.V1ObjectMeta(name="svc", namespace="default", uid="1"),
            spec=client.V1ServiceSpec(ports=[client.V1ServicePort(port=8000)]))
        [plan] = documents.plan(there)
        self.assertEqual([a for a in plan if a.kind == "Deployment"], [])  # the backend is External


class Schema(unittest.TestCase):
    def test_every_field_that_rctl_knows(self):
        """The members, by the way of the reference page, which comes from the rows as well."""
        page = rctl("docs", "kinds")[0]
        for field in ("`spec.engineConfig`", "`spec.routes[].inferenceServiceRef`"):
            self.assertIn(field, page)
        known = {wire for cls in vars(routerctl.kinds).values()
                 if isinstance(cls, type) and dataclasses.is_dataclass(cls)
                 for wire, _ in cls._rows.values()}
        fields = {line.split("`")[1].split(".")[-1].removesuffix("[]")
                  for line in page.splitlines() if line.startswith("| `")}
        self.assertLessEqual(fields, known)


if __name__ == "__main__":
    unittest.main()
