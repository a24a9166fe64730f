"""Random clusters whose workloads are given the addresses of Services, in whatever way manifests allow."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.generate.build_time.objects import Json, config_map, service, workload

__all__ = ["declaring_clusters"]

NAMESPACES = ("one", "two")
NAMES = ("a", "b", "c")
KINDS = ("Deployment", "StatefulSet", "Job", "CronJob")
PORTS = (53, 80, 81, 443)
PORT_NAMES = ("http", "dns")
PROTOCOLS = ("TCP", "UDP")

namespace, name = st.sampled_from(NAMESPACES), st.sampled_from(NAMES)
one_in_four = st.integers(0, 3).map(lambda number: number == 0)
any_labels = st.dictionaries(st.sampled_from(("app", "tier")), st.sampled_from(NAMES), max_size=2)
target = st.one_of(st.none(), st.none(), st.sampled_from(PORTS), st.sampled_from(PORT_NAMES))


@st.composite
def labels(draw: st.DrawFn, called: str) -> Json:
    """Draw labels: mostly those by which a workload and its Service know each other, and sometimes any."""
    return draw(any_labels) if draw(one_in_four) else {"app": called}


@st.composite
def addresses(draw: st.DrawFn) -> str:
    """Draw a text that may name a Service of the cluster."""
    host = draw(name) + draw(st.sampled_from(("", *(f".{one}" for one in NAMESPACES))))
    if "." in host:
        host += draw(st.sampled_from(("", ".svc", ".svc.cluster.local")))
    scheme = draw(st.sampled_from(("", "http://", "--server=", "first,http://")))
    return scheme + host + draw(st.sampled_from(("", "", ":80", ":80", ":443", ":http")))


@st.composite
def service_ports(draw: st.DrawFn) -> list[Json]:
    """Draw the ports of a Service, each with a name of its own."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(PROTOCOLS), st.sampled_from(PORTS)), max_size=2, unique=True))
    found = []
    for index, (protocol, port) in enumerate(dict.fromkeys((("TCP", 80), *drawn))):
        entry: Json = {"name": ("http", "p1", "p2")[index], "port": port, "protocol": protocol}
        if (leads_to := draw(target)) is not None:
            entry["targetPort"] = leads_to
        found.append(entry)
    return found


@st.composite
def services(draw: st.DrawFn, where: str, called: str) -> Json:
    """Draw a Service, also one that is headless, or open to everyone, or scraped."""
    spec: Json = {}
    if draw(one_in_four):
        spec = draw(st.sampled_from(({"clusterIP": "None"}, {"type": "NodePort"}, {"type": "LoadBalancer"})))
    scraped = {"prometheus.io/scrape": "true", "prometheus.io/port": "80"} if draw(one_in_four) else None
    return service(
        called,
        *draw(service_ports()),
        namespace=where,
        selector=draw(labels(called)),
        annotations=scraped,
        **dict(spec),
    )


@st.composite
def workloads(draw: st.DrawFn, where: str, called: str) -> list[Json]:
    """Draw a workload with what it is told, and the ConfigMap that it takes some of it from."""
    kind = draw(st.sampled_from(KINDS))
    told = draw(st.lists(addresses(), max_size=2))
    ports = [
        {"name": one, "containerPort": draw(st.sampled_from(PORTS)), "protocol": draw(st.sampled_from(PROTOCOLS))}
        for one in PORT_NAMES
        if draw(st.booleans())
    ]
    given: Json = {"env": [{"name": f"E{index}", "value": one} for index, one in enumerate(told)], "ports": ports}
    found = []
    if draw(one_in_four):
        given["envFrom"] = [{"configMapRef": {"name": f"{called}-{kind.lower()}"}}]
        found.append(config_map(f"{called}-{kind.lower()}", namespace=where, key=draw(addresses())))
    return [workload(called, kind=kind, namespace=where, labels=draw(labels(called)), **given), *found]


@st.composite
def declaring_clusters(draw: st.DrawFn) -> list[Json]:
    """Draw a cluster of two namespaces without policies, as manifests."""
    places = [(where, called) for where in NAMESPACES for called in NAMES]
    found: list[Json] = [draw(services(*place)) for place in places if not draw(one_in_four)]
    found += [one for place in places if not draw(one_in_four) for one in draw(workloads(*place))]
    if draw(one_in_four):
        found += draw(workloads(draw(namespace), draw(name)))
    if draw(one_in_four):
        rule = {"http": {"paths": [{"backend": {"service": {"name": draw(name), "port": {"number": 80}}}}]}}
        metadata = {"name": "in", "namespace": draw(namespace)}
        spec = {"rules": [{"host": "shop.example"}, rule]}
        found.append({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec})
    unique = {(one["kind"], one["metadata"]["namespace"], one["metadata"]["name"]): one for one in found}
    return list(unique.values())
