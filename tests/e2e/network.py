"""Services as a cluster has them: names that resolve and addresses that forward.

Mirror follows what the API server has of one kind. Proxy is kube-proxy in user space: it
listens at each ClusterIP and port and passes connections on to a ready endpoint of the
EndpointSlices. Dns answers for Services with the addresses that pods would be told."""
import asyncio
import http.client
import itertools
import socket
import struct
import threading
import time

import kube
from node import DNS

DOMAIN = "svc.cluster.local"
FAILURES = (OSError, http.client.HTTPException, ValueError)


class Mirror:
    """All objects of one kind, kept up to date; `told(event, object)` is called for each."""

    over = False  # the API server is about to end

    def __init__(self, kubeconfig, path, told=None):
        self.api, self.path, self.told = kube.Api(kubeconfig), path, told
        self.objects = {}
        self.filled = threading.Event()
        threading.Thread(target=self.follow, daemon=True).start()
        if not self.filled.wait(60):
            raise RuntimeError(f"no list of {path}")

    def take(self, event, thing):
        meta = thing["metadata"]
        key = (meta.get("namespace"), meta["name"])
        if event == "DELETED":
            self.objects.pop(key, None)
        else:
            self.objects[key] = thing
        if self.told:
            self.told(event, thing)

    def follow(self):
        while True:
            try:
                answer = self.api.get(self.path)
                if not answer.ok:
                    raise OSError(answer.message)
                listed = {(t["metadata"].get("namespace"), t["metadata"]["name"]): t
                          for t in answer.body["items"] or []}
                for key in self.objects.keys() - listed.keys():
                    self.take("DELETED", self.objects[key])
                for thing in listed.values():
                    self.take("ADDED", thing)
                self.filled.set()
                version = answer.body["metadata"]["resourceVersion"]
                for event in self.api.events(self.path, seconds=600, resourceVersion=version):
                    if event["type"] == "ERROR":
                        break
                    self.take(event["type"], event["object"])
            except FAILURES as error:
                if Mirror.over:
                    return
                print(f"e2e: {self.path}: {error}; listing again", flush=True)
                time.sleep(0.2)

    def all(self):
        return list(self.objects.values())


class Endpoints:
    """Who stands behind a Service, by its slices."""

    def __init__(self, kubeconfig):
        self.services = Mirror(kubeconfig, "/api/v1/services")
        self.slices = Mirror(kubeconfig, "/apis/discovery.k8s.io/v1/endpointslices")

    def of(self, namespace, name, port_name=None):
        """(address, port) of those that are ready; else of those that still serve."""
        ready, leaving = [], []
        for part in self.slices.all():
            meta = part["metadata"]
            if meta["namespace"] != namespace or \
                    meta.get("labels", {}).get("kubernetes.io/service-name") != name:
                continue
            port = next((p["port"] for p in part.get("ports") or []
                         if port_name is None or p.get("name", "") == port_name), None)
            for endpoint in part.get("endpoints") or []:
                states = endpoint.get("conditions", {})
                place = (endpoint["addresses"][0], port)
                if states.get("ready"):
                    ready.append(place)
                elif states.get("serving") and states.get("terminating"):
                    leaving.append(place)
        return ready or leaving


class Proxy:
    """kube-proxy. `server` is where the API server listens: it has no slices here."""

    def __init__(self, endpoints, server):
        self.endpoints, self.server = endpoints, server
        self.turns = itertools.count()
        self.listening = {}
        self.tasks = set()  # asyncio itself does not hold on to them
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        self.loop.create_task(self.keep_up())
        self.loop.run_forever()

    async def keep_up(self):
        while True:
            wanted = {}
            for service in self.endpoints.services.all():
                address = service["spec"].get("clusterIP")
                if address in (None, "", "None"):
                    continue
                for port in service["spec"]["ports"]:
                    if port.get("protocol", "TCP") == "TCP":
                        wanted[address, port["port"]] = (service, port.get("name", ""))
            for place in self.listening.keys() - wanted.keys():
                self.listening.pop(place).close()
            for place in wanted.keys() - self.listening.keys():
                self.listening[place] = await self.listen(place, *wanted[place])
            await asyncio.sleep(0.1)

    async def listen(self, place, service, port_name):
        meta = service["metadata"]
        name = (meta["namespace"], meta["name"])

        def forward(reader, writer):
            places = [self.server] if name == ("default", "kubernetes") else \
                self.endpoints.of(*name, port_name)
            task = self.loop.create_task(self.connect(places, reader, writer))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return await asyncio.start_server(forward, *place, backlog=512)

    async def connect(self, places, reader, writer):
        other = None
        try:
            if places:
                place = places[next(self.turns) % len(places)]
                other_reader, other = await asyncio.wait_for(asyncio.open_connection(*place), 5)
                await asyncio.gather(pump(reader, other), pump(other_reader, writer))
        except (OSError, asyncio.TimeoutError):
            # A connection that nobody takes is refused, not ended in good order.
            reset(writer)
        finally:
            if not places:
                reset(writer)
            for side in (writer, other):
                if side:
                    side.close()


def reset(writer):
    try:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                   struct.pack("ii", 1, 0))
    except OSError:
        pass  # it is closed already


async def pump(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


class Dns:
    """Addresses of Services over UDP; headless ones have those of their ready pods."""

    def __init__(self, endpoints):
        self.endpoints = endpoints
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((DNS, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def find(self, name):
        """Addresses, or None when there is no such name."""
        labels = name.lower().rstrip(".").removesuffix(f".{DOMAIN}").split(".")
        if not name.lower().rstrip(".").endswith(f".{DOMAIN}") or len(labels) != 2:
            return None
        service = self.endpoints.services.objects.get((labels[1], labels[0]))
        if service is None:
            return None
        address = service["spec"].get("clusterIP")
        if address != "None":
            return [address]
        return sorted({place[0] for place in self.endpoints.of(labels[1], labels[0])})

    def serve(self):
        while True:
            query, peer = self.socket.recvfrom(2048)
            try:
                self.socket.sendto(self.answer(query), peer)
            except (ValueError, IndexError, struct.error):
                continue

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("ascii"))
            at += 1 + query[at]
        question, kind = query[12:at + 5], struct.unpack(">H", query[at + 1:at + 3])[0]
        found = self.find(".".join(labels))
        addresses = (found or []) if kind == 1 else []
        flags = 0x8580 | (3 if found is None else 0)
        head = query[:2] + struct.pack(">HHHHH", flags, 1, len(addresses), 0, 0)
        return head + question + b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 5, 4) + socket.inet_aton(address)
            for address in addresses)


def resolv_conf(namespace):
    """What a kubelet writes into the pods of a namespace."""
    return (f"nameserver {DNS}\nsearch {namespace}.{DOMAIN} {DOMAIN} cluster.local\n"
            "options ndots:5\n")
