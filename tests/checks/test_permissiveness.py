"""How much is allowed of what could be: the figure is what asking about each pair says."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.samples import WEB
from tests.generate.town import Seen, cluster_of, flows_of, namespace, workload
from workbench.checks import permissiveness
from workbench.checks.frames import PERMISSIVENESS, PERMISSIVENESS_CHANGES
from workbench.connectivity import Connectivity, evaluate
from workbench.flows import load_flows
from workbench.ground import sample_path
from workbench.inventory import Cluster, load_manifests

POD = """\
---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
spec: {{containers: [{{name: c, image: i, ports: [{{containerPort: 80}}]}}]}}
"""
POLICY = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: p{number}, namespace: {namespace}}}
spec:
  podSelector: {{matchLabels: {{app: {subject}}}}}
  policyTypes: [{types}]
  ingress: [{ingress}]
  egress: [{egress}]
"""
NAMES = ("a", "b", "c", "d")
RULES = (
    "",
    "{}",
    "{%s: [{podSelector: {matchLabels: {app: a}}}]}",
    "{%s: [{namespaceSelector: {}}]}",
    "{%s: [{ipBlock: {cidr: 0.0.0.0/0}}]}",
    "{%s: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{port: 80}]}",
)


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    text = "".join(POD.format(name=name, namespace=draw(st.sampled_from(["n", "m"]))) for name in NAMES)
    for number in range(draw(st.integers(0, 4))):
        text += POLICY.format(
            number=number,
            namespace=draw(st.sampled_from(["n", "m"])),
            subject=draw(st.sampled_from(NAMES)),
            types=draw(st.sampled_from(["Ingress", "Egress", "Ingress, Egress"])),
            ingress=draw(st.sampled_from(RULES)).replace("%s", "from"),
            egress=draw(st.sampled_from(RULES)).replace("%s", "to"),
        )
    return load_manifests(text)


def asked(conn: Connectivity, src: str, dst: str) -> bool:
    return str(conn.query(src, dst).verdict) != "denied"


@settings(max_examples=40, deadline=None)
@given(clusters())
def test_counts_are_those_of_asking_about_each_pair(cluster: Cluster) -> None:
    conn = evaluate(cluster)
    found = conn.openness().set_index("workload")
    names = list(found.index)
    for name in names:
        others = [other for other in names if other != name]
        assert found.loc[name, "senders"] == sum(asked(conn, other, name) for other in others)
        assert found.loc[name, "receivers"] == sum(asked(conn, name, other) for other in others)
        for column, ends in {"from_outside": ("8.8.8.8", name), "to_outside": (name, "8.8.8.8")}.items():
            some = asked(conn, *(end.replace("8.8.8.8", "198.51.100.7") for end in ends))
            expected = "anyone" if asked(conn, *ends) else "some" if some else "none"
            assert found.loc[name, column] == expected


def test_a_cluster_without_policies_allows_all_and_one_that_denies_all_nothing() -> None:
    two = WEB + POD.format(name="db", namespace="shop")
    open_ = permissiveness(load_manifests(two))
    assert open_.share == 1.0
    deny = (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\n"
        "spec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n"
    )
    closed = permissiveness(load_manifests(two + deny))
    assert closed.share == 0.0
    changes = PERMISSIVENESS_CHANGES.checked(closed.since(open_))
    assert changes["scope"].tolist() == ["cluster", "namespace", "workload", "workload"]
    assert changes["share_change"].tolist() == [-1.0] * 4
    assert str(permissiveness(load_manifests("---\n")).share) == "0.0"


def test_a_workload_that_is_new_has_no_share_before() -> None:
    later = permissiveness(load_manifests(WEB + POD.format(name="db", namespace="shop")))
    changes = later.since(permissiveness(load_manifests(WEB + "---\n"))).set_index("name")
    assert changes["share_before"].isna().to_dict()["shop/db[Pod]"]
    assert changes.loc["", "share_change"] == 0.0


def test_of_what_was_used_others_and_the_internet_count(tmp_path: Path) -> None:
    api, db = (workload(f"shop/{name}", f"10.0.0.{number}") for number, name in enumerate(("api", "db"), 1))
    cluster = cluster_of(namespace("shop"), api, db)
    seen = (Seen("shop/api", "shop/api", 80), Seen("shop/api", "shop/db", 5432), Seen("203.0.113.9", "shop/db", 443))
    rows = permissiveness(cluster, flows_of(tmp_path, cluster, *seen)).to_frame().set_index("name")
    assert rows["used"].to_dict() == {
        "shop/api[StatefulSet]": 1,
        "shop/db[StatefulSet]": 2,
        "shop": 3,
        "": 3,
    }


def test_what_was_used_is_counted_beside_what_is_allowed() -> None:
    cluster = load_manifests(sample_path("shop"))
    flows = load_flows(sample_path("flows") / "morning.hubble.jsonl", cluster=cluster)
    rows = PERMISSIVENESS.checked(permissiveness(cluster, flows).to_frame())
    assert (rows["used"] <= rows["possible"]).all()
    assert (rows["excess"] == (rows["allowed"] - rows["used"]).clip(lower=0)).all()
    assert rows["used"].iloc[-1] > 0
    assert rows["used"].iloc[-1] == rows[rows["scope"] == "workload"]["used"].sum()
    without = permissiveness(cluster).to_frame()
    assert without["used"].isna().all()
    assert without["share"].tolist() == rows["share"].tolist()
