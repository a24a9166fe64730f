"""Write the shop's traffic down as the tools that people run would: ``python data/samples/flows/record.py``.

The files beside this one were written by it. Hubble has all three days, and the next one in a file of its own; the
other formats have the same hours of the first morning, so that the same traffic can be compared across formats.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from heapq import merge
from pathlib import Path
from typing import Any

from traffic import LIFETIME, NODES, START, Connection, Pod, Question, Shop

HERE = Path(__file__).parent
MORNING = (START + timedelta(hours=9), START + timedelta(hours=12))
Json = dict[str, Any]


def main(folder: Path = HERE) -> None:
    """Write all files into `folder`."""
    shop = Shop()
    everything = shop.connections()
    asked = list(shop.questions(everything))
    few, few_asked = ([one for one in found if _is_few(one)] for found in (everything, asked))
    _pack(folder / "hubble.jsonl.gz", hubble_of(everything, asked))
    later = shop.next_day()
    _pack(folder / "next-day.hubble.jsonl.gz", hubble_of(later, shop.questions(later)))
    write = {
        "cluster.json": json.dumps(cluster(shop), indent=1) + "\n",
        "edges.csv": edges(few),
        "morning.hubble.jsonl": _lines(hubble_of(few, few_asked)),
        "calico-flows.log": _lines(line for one in few for line in calico(one)),
        "whisker.json": json.dumps(whisker(few), indent=1) + "\n",
        "netobserv.jsonl": _lines(line for one in few for line in netobserv(one)),
        "gke-policy-action.log": _lines(line for one in few for line in gke(one)),
        "network-policy-agent.log": _lines(eks(one) for one in few if one.transport == "tcp"),
        "acl-audit-log.log": "".join(f"{ovn(one, number)}\n" for number, one in enumerate(few)),
        "trace-tcp.jsonl": _lines(line for one in few for line in trace_tcp(one)),
        "trace-dns.jsonl": _lines(line for one in few_asked for line in trace_dns(one)),
        "antrea-flows.csv": "".join(f"{antrea(one)}\n" for one in few),
        "flows.csv": table(few),
        "network-neighborhoods.json": json.dumps(neighborhoods(few), indent=1) + "\n",
        "rhacs-network-graph.json": json.dumps(rhacs(few), indent=1) + "\n",
        "kiali-graph.json": json.dumps(kiali(few), indent=1) + "\n",
    }
    for name, text in write.items():
        (folder / name).write_text(text, encoding="utf-8")


def _pack(path: Path, records: Iterable[Json]) -> None:
    with gzip.GzipFile(path, "wb", mtime=0) as stream:
        stream.write(_lines(records).encode())


def _is_few(one: Connection | Question) -> bool:
    return MORNING[0] <= one.start < MORNING[1]


def peer(pod: Pod) -> str:
    """Return what maps call an end."""
    return f"{pod.namespace}/{pod.workload}[{pod.kind}]" if pod.workload else pod.ip


def edges(connections: Iterable[Connection]) -> str:
    """Write who talked to whom: what every format should be read as."""
    found = sorted(
        {(peer(c.client), peer(c.server), c.transport.upper(), c.port, c.denied_by != "") for c in connections}
    )
    rows = (",".join(map(str, (*row[:4], "denied" if row[4] else "allowed"))) for row in found)
    return "src,dst,protocol,port,verdict\n" + "".join(f"{row}\n" for row in rows)


def cluster(shop: Shop) -> Json:
    """Return what ``kubectl get nodes,pods,replicasets,jobs -A -o json`` would, as far as flows need it."""
    items: list[Json] = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name},
            "status": {"addresses": [{"type": "InternalIP", "address": ip}]},
        }
        for name, ip in NODES.items()
    ]
    owners: dict[tuple[str, str], Json] = {}
    for pod in shop.pods:
        owner = _owner(pod)
        if owner["kind"] != pod.kind:
            owners.setdefault((pod.namespace, owner["name"]), _between_owner(pod, owner))
        spec: Json = {"nodeName": pod.node, "containers": [_container(pod)]}
        if pod.kind == "DaemonSet":
            spec["hostNetwork"] = True
        meta = {"name": pod.name, "namespace": pod.namespace, "labels": dict(pod.labels), "ownerReferences": [owner]}
        status = {
            "phase": "Running",
            "podIP": pod.ip,
            "podIPs": [{"ip": pod.ip}],
            "startTime": f"{START:%Y-%m-%dT%H:%M:%SZ}",
        }
        items.append({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status})
    return {"apiVersion": "v1", "kind": "List", "items": [*items, *owners.values()]}


def _container(pod: Pod) -> Json:
    ports = [{"name": one.name, "containerPort": one.port, "protocol": one.protocol} for one in pod.ports]
    return {"name": "main", "ports": ports} if ports else {"name": "main"}


def _owner(pod: Pod) -> Json:
    between = {"Deployment": "ReplicaSet", "CronJob": "Job"}.get(pod.kind)
    version = {"Job": "batch/v1"}.get(between or "", "apps/v1")
    return {
        "apiVersion": version,
        "kind": between or pod.kind,
        "name": pod.replica_set if between else pod.workload,
        "uid": f"{pod.workload}-uid",
        "controller": True,
    }


def _between_owner(pod: Pod, owner: Json) -> Json:
    top = {"apiVersion": owner["apiVersion"], "kind": pod.kind, "name": pod.workload, "uid": "uid", "controller": True}
    template = {"metadata": {"labels": dict(pod.labels)}, "spec": {"containers": [_container(pod)]}}
    spec = {"selector": {"matchLabels": dict(pod.labels)}, "template": template}
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "metadata": {"name": owner["name"], "namespace": pod.namespace, "ownerReferences": [top]},
        "spec": spec,
    }


def hubble_of(connections: Iterable[Connection], asked: Iterable[Question]) -> Iterator[Json]:
    """Yield the lines of Hubble's exporter, those of layer 7 among them."""
    for one in merge(connections, asked, key=lambda one: one.start):
        yield from hubble(one) if isinstance(one, Connection) else hubble_dns(one)


def hubble_dns(one: Question) -> Iterator[Json]:
    """Yield what Hubble sees where it looks into DNS: a question, and the answer."""
    said: Json = {"query": f"{one.name}.", "observation_source": "proxy", "qtypes": ["A"]}
    answer = said | {"ips": [one.address], "ttl": int(LIFETIME.total_seconds())}
    for kind, dns, after in (("REQUEST", said, 0.0), ("RESPONSE", answer, 0.002)):
        ends, ports = (one.client, one.server), (one.client_port, 53)
        if kind == "RESPONSE":
            ends, ports = ends[::-1], ports[::-1]
        moment = _nanoseconds(one.start + timedelta(seconds=after))
        flow: Json = {
            "time": moment,
            "verdict": "FORWARDED",
            "IP": {"source": ends[0].ip, "destination": ends[1].ip, "ipVersion": "IPv4"},
            "l4": {"UDP": {"source_port": ports[0], "destination_port": ports[1]}},
            "source": _hubble_end(ends[0]),
            "destination": _hubble_end(ends[1]),
            "Type": "L7",
            "node_name": one.client.node,
            "l7": {"type": kind, "dns": dns},
            "event_type": {"type": 129},
            "traffic_direction": "EGRESS",
            "is_reply": kind == "RESPONSE",
        }
        yield {"flow": flow, "node_name": one.client.node, "time": moment}


def hubble(one: Connection) -> Iterator[Json]:
    """Yield the lines of Hubble's exporter: policy verdicts at both ends, answers, and the end."""
    sides = [side for side, pod in (("EGRESS", one.client), ("INGRESS", one.server)) if pod.name]
    for side in sides:
        if one.denied_by == "egress" and side == "INGRESS":
            continue
        dropped = one.denied_by == side.lower()
        yield _hubble_line(one, side, 0.0, flags={"SYN": True}, dropped=dropped)
    if one.denied_by:
        return
    for side in sides:
        yield _hubble_line(one, side, 0.001, flags={"SYN": True, "ACK": True}, reply=True)
    yield _hubble_line(one, sides[-1], 0.2, flags={"ACK": True, "FIN": True})


def _hubble_line(
    one: Connection, side: str, after: float, *, flags: Json, reply: bool = False, dropped: bool = False
) -> Json:
    ends, ports = (one.client, one.server), (one.client_port, one.port)
    if reply:
        ends, ports = ends[::-1], ports[::-1]
    layer: Json = {"source_port": ports[0], "destination_port": ports[1]}
    moment = _nanoseconds(one.start + timedelta(seconds=after))
    node = (one.client if side == "EGRESS" else one.server).node
    if one.transport == "tcp":
        layer["flags"] = flags
    flow: Json = {
        "time": moment,
        "verdict": "DROPPED" if dropped else "FORWARDED",
        "IP": {"source": ends[0].ip, "destination": ends[1].ip, "ipVersion": "IPv4"},
        "l4": {one.transport.upper(): layer},
        "source": _hubble_end(ends[0]),
        "destination": _hubble_end(ends[1]),
        "Type": "L3_L4",
        "node_name": node,
        "event_type": {"type": 1 if dropped else 4},
        "traffic_direction": side,
        "is_reply": reply,
    }
    if dropped:
        flow |= {"drop_reason": 133, "drop_reason_desc": "POLICY_DENIED"}
    else:
        flow["trace_observation_point"] = "TO_ENDPOINT" if side == "INGRESS" else "FROM_ENDPOINT"
    return {"flow": flow, "node_name": node, "time": moment}


def _hubble_end(pod: Pod) -> Json:
    if not pod.name:
        return {"identity": 2, "labels": ["reserved:world"]}
    labels = [f"k8s:{key}={value}" for key, value in pod.labels.items() if key != "pod-template-hash"]
    labels.append(f"k8s:io.kubernetes.pod.namespace={pod.namespace}")
    identity = 10_000 + sum(map(ord, pod.namespace + pod.workload))
    workloads = [{"name": pod.workload, "kind": pod.kind}]
    return {
        "identity": identity,
        "namespace": pod.namespace,
        "labels": labels,
        "pod_name": pod.name,
        "workloads": workloads,
    }


def calico(one: Connection) -> Iterator[Json]:
    """Yield the lines of Calico's flow log: one from each end that has a pod, aggregated by pod prefix."""
    for reporter, pod in (("src", one.client), ("dst", one.server)):
        if not pod.name or (one.denied_by == "egress" and reporter == "dst"):
            continue
        denied = one.denied_by == {"src": "egress", "dst": "ingress"}[reporter]
        yield {
            "start_time": int(one.start.timestamp()) // 300 * 300,
            "end_time": int(one.start.timestamp()) // 300 * 300 + 300,
            **_calico_end("source", one.client, None),
            **_calico_end("dest", one.server, one.port),
            "proto": one.transport,
            "action": "deny" if denied else "allow",
            "reporter": reporter,
            "policies": {"all_policies": ["0|default|knp.default.sample|" + ("deny" if denied else "allow") + "|0"]},
            "bytes_in": one.received if reporter == "src" else one.sent,
            "bytes_out": one.sent if reporter == "src" else one.received,
            "packets_in": 4,
            "packets_out": 4,
            "num_flows": 1,
            "num_flows_started": 1,
            "num_flows_completed": 1,
        }


def _calico_end(side: str, pod: Pod, port: int | None) -> Json:
    labels = {"labels": [f"{key}={value}" for key, value in pod.labels.items()]} if pod.name else None
    return {
        f"{side}_ip": pod.ip if not pod.name else None,
        f"{side}_name": "-",
        f"{side}_name_aggr": _aggregated(pod) if pod.name else "pub",
        f"{side}_namespace": pod.namespace or "-",
        f"{side}_port": port,
        f"{side}_type": "wep" if pod.name else "net",
        f"{side}_labels": labels,
    }


def _aggregated(pod: Pod) -> str:
    return f"{pod.replica_set}-*"


def whisker(connections: Iterable[Connection]) -> Json:
    """Return the answer of Whisker's flow list."""
    items = []
    for one in connections:
        for line in calico(one):
            denied = line["action"] == "deny"
            policy = {
                "kind": "NetworkPolicy",
                "name": "sample",
                "namespace": one.server.namespace,
                "tier": "default",
                "action": "Deny" if denied else "Allow",
                "policy_index": 0,
                "rule_index": 0,
                "trigger": None,
            }
            items.append(
                {
                    "start_time": f"{one.start:%Y-%m-%dT%H:%M:%SZ}",
                    "end_time": f"{one.start + timedelta(seconds=15):%Y-%m-%dT%H:%M:%SZ}",
                    "action": "Deny" if denied else "Allow",
                    **{
                        f"{end}_name": _aggregated(pod) if pod.name else "pub"
                        for end, pod in (("source", one.client), ("dest", one.server))
                    },
                    **{
                        f"{end}_namespace": pod.namespace or "-"
                        for end, pod in (("source", one.client), ("dest", one.server))
                    },
                    **{
                        f"{end}_labels": " | ".join(f"{k}={v}" for k, v in pod.labels.items())
                        for end, pod in (("source", one.client), ("dest", one.server))
                    },
                    "protocol": one.transport,
                    "dest_port": one.port,
                    "reporter": line["reporter"].capitalize(),
                    "policies": {"enforced": [policy], "pending": []},
                    **{name: line[name] for name in ("packets_in", "packets_out", "bytes_in", "bytes_out")},
                }
            )
    return {"total": {"totalPages": 1}, "items": items}


def netobserv(one: Connection) -> Iterator[Json]:
    """Yield the records of NetObserv: one for each direction of the packets; denials are not seen."""
    if one.denied_by:
        return
    start = int(one.start.timestamp() * 1000)
    flags = (2 | 16, 256 | 16) if one.transport == "tcp" else (0, 0)
    ends = ((one.client, one.client_port, one.sent, flags[0]), (one.server, one.port, one.received, flags[1]))
    for (src, src_port, size, own), (dst, dst_port, _, _) in (ends, ends[::-1]):
        record: Json = {
            "SrcAddr": src.ip,
            "DstAddr": dst.ip,
            "SrcPort": src_port,
            "DstPort": dst_port,
            "Proto": {"tcp": 6, "udp": 17}[one.transport],
            "Etype": 2048,
            "Bytes": size,
            "Packets": 4,
            "TimeFlowStartMs": start,
            "TimeFlowEndMs": start + 200,
            "TimeReceived": start // 1000 + 1,
            "FlowDirection": 1,
            "AgentIP": NODES.get(src.node) or NODES[dst.node],
        }
        # A record's flags are all flags of its packets: the client's have SYN, and ACK later on.
        if one.transport == "tcp":
            record["Flags"] = own if own & 256 else 2
        for side, pod in (("Src", src), ("Dst", dst)):
            if pod.name:
                record |= {
                    f"{side}K8S_Name": pod.name,
                    f"{side}K8S_Namespace": pod.namespace,
                    f"{side}K8S_Type": "Pod",
                    f"{side}K8S_OwnerName": pod.workload,
                    f"{side}K8S_OwnerType": pod.kind,
                    f"{side}K8S_HostName": pod.node,
                }
        yield record


def gke(one: Connection) -> Iterator[Json]:
    """Yield the lines of GKE's network policy logging, from the ends that have pods."""
    for direction, pod in (("egress", one.client), ("ingress", one.server)):
        if not pod.name or (one.denied_by == "egress" and direction == "ingress"):
            continue
        denied = one.denied_by == direction
        record: Json = {
            "connection": {
                "src_ip": one.client.ip,
                "dest_ip": one.server.ip,
                "src_port": one.client_port,
                "dest_port": one.port,
                "protocol": one.transport,
                "direction": direction,
            },
            "disposition": "deny" if denied else "allow",
            "src": _gke_end(one.client),
            "dest": _gke_end(one.server),
            "count": 1,
            "node_name": pod.node,
            "timestamp": _nanoseconds(one.start),
        }
        if not denied:
            record["policies"] = [{"kind": "NetworkPolicy", "name": "sample", "namespace": pod.namespace}]
        yield record


def _gke_end(pod: Pod) -> Json:
    if not pod.name:
        return {"instance": pod.ip}
    owner = _owner(pod)
    return {
        "pod_name": pod.name,
        "pod_namespace": pod.namespace,
        "namespace": pod.namespace,
        "workload_name": owner["name"],
        "workload_kind": owner["kind"],
    }


def eks(one: Connection) -> Json:
    """Return a line of the network policy agent of EKS."""
    direction = one.denied_by or ("ingress" if one.server.name else "egress")
    verdict = "DENY" if one.denied_by else "ACCEPT"
    message = (
        f"Flow Info: Src IP: {one.client.ip} Src Port: {one.client_port} "
        f"Dest IP: {one.server.ip} Dest Port: {one.port} "
        f"Proto {one.transport.upper()} Verdict {verdict} Direction {direction}, Tier NETWORK_POLICY"
    )
    return {"level": "info", "ts": f"{one.start:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z", "msg": message}


def ovn(one: Connection, number: int) -> str:
    """Return a line of OVN's ACL audit log."""
    ingress = one.denied_by != "egress" and bool(one.server.name)
    side, direction = ("Ingress", "to-lport") if ingress else ("Egress", "from-lport")
    namespace = (one.server if ingress else one.client).namespace
    name, verdict = (
        (f"NP:{namespace}:{side}", "drop") if one.denied_by else (f"NP:{namespace}:sample:{side}:0", "allow")
    )
    flags = ",tcp_flags=syn" if one.transport == "tcp" else ""
    return (
        f"{one.start:%Y-%m-%dT%H:%M:%S}.{one.start.microsecond // 1000:03}Z|{number:05}|acl_log(ovn_pinctrl0)|INFO|"
        f'name="{name}", verdict={verdict}, severity=info, direction={direction}: {one.transport},vlan_tci=0x0000,'
        f"dl_src=0a:58:0a:f4:00:01,dl_dst=0a:58:0a:f4:00:02,nw_src={one.client.ip},nw_dst={one.server.ip},nw_tos=0,nw_ecn=0,"
        f"nw_ttl=63,nw_frag=no,tp_src={one.client_port},tp_dst={one.port}{flags}"
    )


def trace_tcp(one: Connection) -> Iterator[Json]:
    """Yield the events of Inspektor Gadget's trace_tcp: at the client, and at the server; denials never end."""
    if one.denied_by or one.transport != "tcp":
        return
    for kind, own, own_port, other, other_port in (
        ("connect", one.client, one.client_port, one.server, one.port),
        ("accept", one.server, one.port, one.client, one.client_port),
    ):
        if own.name and own.kind != "DaemonSet":
            yield {
                "timestamp": _nanoseconds(one.start),
                "type": kind,
                "error": "",
                "k8s": {
                    "node": own.node,
                    "namespace": own.namespace,
                    "podName": own.name,
                    "containerName": "main",
                    "hostnetwork": False,
                    "podLabels": _label_text(own),
                    "owner": {"kind": own.kind, "name": own.workload},
                },
                "proc": {"comm": own.workload, "pid": 1},
                "src": {"addr": own.ip, "version": 4, "port": own_port, "proto": "TCP", "k8s": _gadget_end(own)},
                "dst": {"addr": other.ip, "version": 4, "port": other_port, "proto": "TCP", "k8s": _gadget_end(other)},
            }


def trace_dns(one: Question) -> Iterator[Json]:
    """Yield the events of Inspektor Gadget's trace_dns at the pod that asks: a question, and the answer."""
    ends = (
        {"addr": one.client.ip, "version": 4, "port": one.client_port, "proto": "UDP", "k8s": _gadget_end(one.client)},
        {"addr": one.server.ip, "version": 4, "port": 53, "proto": "UDP", "k8s": _gadget_end(one.server)},
    )
    for qr, packet, after in (("Q", "OUTGOING", 0.0), ("R", "HOST", 0.002)):
        is_answer = qr == "R"
        yield {
            "timestamp": _nanoseconds(one.start + timedelta(seconds=after)),
            "id": f"{one.client_port:04x}",
            "qr": qr,
            "qtype": "A",
            "name": f"{one.name}.",
            "rcode": "Success" if is_answer else "",
            "addresses": one.address if is_answer else "",
            "latency_ns_raw": 2_000_000 if is_answer else 0,
            "nameserver": {"addr": one.server.ip, "version": 4},
            "pkt_type": packet,
            "k8s": {
                "node": one.client.node,
                "namespace": one.client.namespace,
                "podName": one.client.name,
                "containerName": "main",
                "hostnetwork": False,
                "podLabels": _label_text(one.client),
                "owner": {"kind": one.client.kind, "name": one.client.workload},
            },
            "src": ends[is_answer],
            "dst": ends[not is_answer],
        }


def _gadget_end(pod: Pod) -> Json:
    kind = "pod" if pod.name else "raw"
    return {"kind": kind, "name": pod.name, "namespace": pod.namespace, "labels": _label_text(pod)}


def _label_text(pod: Pod) -> str:
    return ",".join(f"{key}={value}" for key, value in pod.labels.items())


def antrea(one: Connection) -> str:
    """Return a line of the CSV that Antrea's flow aggregator writes, of thirty columns."""
    seconds = int(one.start.timestamp())
    verdicts = [""] * 10
    if one.denied_by:
        at = 0 if one.denied_by == "ingress" else 5
        verdicts[at : at + 5] = [
            "sample",
            (one.server if at == 0 else one.client).namespace,
            "",
            "Drop",
            "K8sNetworkPolicy",
        ]
    cells = [seconds, seconds + 1, one.client.ip, one.server.ip, one.client_port, one.port, one.transport.upper()]
    cells += [
        one.client.name,
        one.client.namespace,
        one.client.node,
        one.server.name,
        one.server.namespace,
        one.server.node,
    ]
    cells += ["", "", 0, "", *verdicts, "", "", ""]
    return ",".join(map(str, cells))


def table(connections: Iterable[Connection]) -> str:
    """Write a table of one's own, whose columns are to be mapped."""
    rows = (
        f"{one.start:%Y-%m-%dT%H:%M:%S.%f}Z,{one.client.ip},{one.server.ip},{one.port},{one.transport},"
        f"{'blocked' if one.denied_by else 'passed'},{one.sent},{one.received}\n"
        for one in connections
    )
    return "when,from,to,to_port,proto,result,sent,received\n" + "".join(rows)


def neighborhoods(connections: Iterable[Connection]) -> Json:
    """Return Kubescape's NetworkNeighborhoods: for each workload with whom it was seen to talk."""
    found: dict[str, tuple[Pod, dict[str, dict[str, Json]]]] = {}
    for one in connections:
        if one.denied_by:
            continue
        for own, other, side in ((one.client, one.server, "egress"), (one.server, one.client, "ingress")):
            if own.name:
                _, sides = found.setdefault(peer(own), (own, {"ingress": {}, "egress": {}}))
                neighbour = sides[side].setdefault(peer(other), _neighbour(own, other))
                port = {
                    "name": f"{one.transport.upper()}-{one.port}",
                    "protocol": one.transport.upper(),
                    "port": one.port,
                }
                if port not in neighbour["ports"]:
                    neighbour["ports"].append(port)
    return {"apiVersion": "v1", "kind": "List", "items": [_neighborhood(pod, sides) for pod, sides in found.values()]}


def _neighbour(own: Pod, other: Pod) -> Json:
    base: Json = {
        "identifier": peer(other),
        "type": "internal" if other.name else "external",
        "dns": "",
        "ports": [],
        "ipAddress": "",
    }
    if not other.name:
        return base | {"ipAddress": other.ip, "podSelector": None, "namespaceSelector": None}
    labels = {key: value for key, value in other.labels.items() if key != "pod-template-hash"}
    away = (
        None if own.namespace == other.namespace else {"matchLabels": {"kubernetes.io/metadata.name": other.namespace}}
    )
    return base | {"podSelector": {"matchLabels": labels}, "namespaceSelector": away}


def _neighborhood(pod: Pod, sides: dict[str, dict[str, Json]]) -> Json:
    labels = {
        "kubescape.io/workload-kind": pod.kind,
        "kubescape.io/workload-name": pod.workload,
        "kubescape.io/workload-namespace": pod.namespace,
    }
    annotations = {"kubescape.io/status": "completed", "kubescape.io/completion": "complete"}
    own = {key: value for key, value in pod.labels.items() if key != "pod-template-hash"}
    container = {"name": "main", "ingress": list(sides["ingress"].values()), "egress": list(sides["egress"].values())}
    name = f"{pod.kind.lower()}-{pod.workload}"
    meta = {
        "name": name,
        "namespace": pod.namespace,
        "labels": labels,
        "annotations": annotations,
        "creationTimestamp": f"{START:%Y-%m-%dT%H:%M:%SZ}",
    }
    return {
        "apiVersion": "spdx.softwarecomposition.kubescape.io/v1beta1",
        "kind": "NetworkNeighborhood",
        "metadata": meta,
        "spec": {"matchLabels": own, "containers": [container]},
    }


def rhacs(connections: Iterable[Connection]) -> Json:
    """Return the network graph of Red Hat ACS: deployments and external sources, with the ports of each edge."""
    listed = [one for one in connections if not one.denied_by]
    ends = {peer(pod): pod for one in listed for pod in (one.client, one.server)}
    index = {name: number for number, name in enumerate(ends)}
    nodes: list[Json] = [{"entity": _rhacs_entity(name, pod), "outEdges": {}} for name, pod in ends.items()]
    for one in listed:
        out = nodes[index[peer(one.client)]]["outEdges"].setdefault(str(index[peer(one.server)]), {"properties": []})
        protocol = f"L4_PROTOCOL_{one.transport.upper()}"
        known = [found for found in out["properties"] if (found["port"], found["protocol"]) == (one.port, protocol)]
        if not known:
            out["properties"].append({"port": one.port, "protocol": protocol})
        (known or out["properties"])[-1]["lastActiveTimestamp"] = _nanoseconds(one.start)
    return {"epoch": 0, "nodes": nodes}


def _rhacs_entity(name: str, pod: Pod) -> Json:
    if pod.name:
        deployment = {"name": pod.workload, "namespace": pod.namespace, "cluster": "shop", "listenPorts": []}
        return {"type": "DEPLOYMENT", "id": name, "deployment": deployment}
    source = {"name": pod.ip, "cidr": f"{pod.ip}/32", "default": False, "discovered": True}
    return {"type": "EXTERNAL_SOURCE", "id": name, "externalSource": source}


def kiali(connections: Iterable[Connection]) -> Json:
    """Return Kiali's graph of workloads; traffic with the outside is one node."""
    listed = [
        one
        for one in connections
        if not one.denied_by and one.transport == "tcp" and one.client.name and one.server.name
    ]
    ends = {peer(pod): pod for one in listed for pod in (one.client, one.server)}
    ids = {name: f"n{number}" for number, name in enumerate(ends)}
    nodes = [
        {
            "data": {
                "id": ids[name],
                "nodeType": "workload",
                "cluster": "shop",
                "namespace": pod.namespace,
                "workload": pod.workload,
                "app": pod.labels.get("app", ""),
            }
        }
        for name, pod in ends.items()
    ]
    hosts: dict[tuple[str, str], dict[str, str]] = {}
    for one in listed:
        hosts.setdefault((ids[peer(one.client)], ids[peer(one.server)]), {})[f"{one.server.workload}:{one.port}"] = (
            "100.0"
        )
    lines = [
        {
            "data": {
                "id": f"e{number}",
                "source": src,
                "target": dst,
                "traffic": {
                    "protocol": "tcp",
                    "rates": {"tcp": "1.00"},
                    "responses": {"-": {"flags": {"-": "100.0"}, "hosts": found}},
                },
            }
        }
        for number, ((src, dst), found) in enumerate(hosts.items())
    ]
    return {
        "timestamp": int(MORNING[1].timestamp()),
        "duration": 10_800,
        "graphType": "workload",
        "elements": {"nodes": nodes, "edges": lines},
    }


def _nanoseconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}000Z"


def _lines(records: Iterable[Json]) -> str:
    compact: Callable[[Json], str] = json.JSONEncoder(separators=(",", ":")).encode
    return "".join(f"{compact(record)}\n" for record in records)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
