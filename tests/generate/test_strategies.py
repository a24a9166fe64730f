"""A strategy of your own: in ten lines, with options that are checked, in a notebook's cell or in a package."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import run
from typing import Any, Literal

import pytest

from tests.generate.town import NOW, Seen, cluster_of, flows_of, policy, proposed, specs, workload
from tests.project.recipes import offered
from workbench.generate import STRATEGIES, Context, Drafts, propose, strategy
from workbench.ground import ArgumentError, UnknownPluginError
from workbench.inventory import Cluster

SHOP = (workload("n/a", "10.244.0.1"), workload("n/b", "10.244.0.2"), workload("m/c", "10.244.0.3"))


def test_ten_lines_are_enough(tmp_path: Path) -> None:
    @strategy("from-one-namespace")
    def from_one_namespace(context: Context, *, namespace: str = "n") -> Drafts:
        """Admit what was seen to come from one namespace."""
        needs = [need for need in context.needs if need.src.startswith(f"{namespace}/")]
        return context.admitting(needs, directions=("ingress",))

    cluster = cluster_of(*SHOP)
    flows = flows_of(tmp_path, cluster, Seen("n/a", "n/b", 80), Seen("m/c", "n/b", 81))
    found = proposed(cluster, flows, strategy="from-one-namespace", namespaces="n")
    assert specs(found)["n/b-statefulset"]["ingress"] == [
        {"ports": [{"protocol": "TCP", "port": 80}], "from": [{"podSelector": {"matchLabels": {"app": "a"}}}]}
    ]
    assert "ingress" not in specs(found)["n/a-statefulset"]
    assert "n/a[StatefulSet] => n/b[StatefulSet] : TCP 80, observed (1 flow)" in found.explain()
    other = proposed(cluster, flows, strategy="from-one-namespace", namespace="m", workloads="n/b[StatefulSet]")
    assert [rule["ports"][0]["port"] for rule in specs(other)["n/b-statefulset"]["ingress"]] == [81]


@strategy("with-options")
def with_options(  # noqa: PLR0913  (an option of each type)
    context: Context,
    *,
    name: str,
    strict: bool = False,
    depth: int = 3,
    names: tuple[str, ...] = (),
    level: Literal["low", "high"] = "low",
    anything: Any = None,  # noqa: ANN401
) -> Drafts:
    """Do nothing.

    It has an option of each type.

    Parameters
    ----------
    name : str
        What it is called,
        in two lines.
    strict : bool
        Whether it is strict.

    Returns
    -------
    Drafts
        None.
    """
    said = (name, str(strict), str(depth), *names, level, str(anything))
    return Drafts(commands=said if context.workloads else ())


WITH_OPTIONS = STRATEGIES.named("with-options")


@pytest.fixture(autouse=True)
def _registered() -> None:
    STRATEGIES.register("with-options", WITH_OPTIONS)


def asked(**options: Any) -> Mapping[str, Any]:  # noqa: ANN401
    return propose(Cluster(), strategy="with-options", now=NOW, **options).options


def test_options_are_the_keyword_parameters_with_what_the_docstring_says() -> None:
    assert WITH_OPTIONS.meaning == "Do nothing."
    meanings = {one.name: one.meaning for one in WITH_OPTIONS.options}
    assert list(meanings) == ["name", "strict", "depth", "names", "level", "anything"]
    assert (meanings["name"], meanings["strict"]) == ("What it is called, in two lines.", "Whether it is strict.")
    assert WITH_OPTIONS.options[4].choices == ("low", "high")


def test_what_is_given_takes_the_place_of_defaults() -> None:
    assert dict(asked(name="n", names=["a", "b"], level="high")) == {
        "name": "n",
        "strict": False,
        "depth": 3,
        "names": ("a", "b"),
        "level": "high",
        "anything": None,
    }


@pytest.mark.parametrize(
    "given,said",
    [
        ({}, "needs the option name: What it is called, in two lines."),
        ({"name": 3}, "name is a text, and not 3"),
        ({"name": "n", "strict": "yes"}, "strict is true or false, and not 'yes'"),
        ({"name": "n", "depth": True}, "depth is a whole number, and not True"),
        ({"name": "n", "depth": 1.5}, "depth is a whole number, and not 1.5"),
        ({"name": "n", "names": "ab"}, "names is several texts, and not 'ab'"),
        ({"name": "n", "names": [1]}, r"names is several texts, and not \[1\]"),
        ({"name": "n", "level": "middle"}, "level is one of low, high, and not 'middle'"),
        ({"name": "n", "levle": "low"}, "has no option levle"),
    ],
)
def test_what_may_not_be_given_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        asked(**given)


def test_an_unknown_strategy_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownPluginError, match="rhacs"):
        propose(Cluster(), strategy="rhcas", now=NOW)


@pytest.mark.parametrize("asked_about", [{"namespaces": "nowhere"}, {"workloads": "n/nothing[Pod]"}])
def test_a_namespace_or_workload_that_is_not_there_is_refused(asked_about: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="there is no"):
        proposed(cluster_of(*SHOP), strategy="recipe", **asked_about)


@pytest.mark.parametrize("returned", [3, "NetworkPolicy n/a", {"kind": "Pod", "metadata": {"name": "p"}}])
def test_what_is_no_policy_is_refused(returned: object) -> None:
    @strategy("strange")
    def strange(context: Context) -> Any:  # noqa: ANN401
        """Return something else."""
        return [returned] if context.workloads else []

    with pytest.raises(ArgumentError, match="the strategy strange returned"):
        proposed(cluster_of(*SHOP), strategy="strange")


def test_manifests_are_policies_too() -> None:
    @strategy("written")
    def written(context: Context) -> Any:  # noqa: ANN401
        """Return a manifest for each workload."""
        return [policy(f"{one.namespace}/{one.name}", {"app": one.name}) for one in context.workloads]

    found = proposed(cluster_of(*SHOP), strategy="written")
    assert set(specs(found)) == {"n/a", "n/b", "m/c"}
    assert "the strategy written" in found.explain("NetworkPolicy n/a")


def test_needs_that_a_person_took_out_are_left_out_by_hand(tmp_path: Path) -> None:
    cluster = cluster_of(*SHOP)
    flows = flows_of(tmp_path, cluster, Seen("n/a", "n/b", 80), Seen("m/c", "n/b", 81))
    (need,) = [one for one in proposed(cluster, flows, strategy="observed").needs if one.src.startswith("m/")]
    found = proposed(cluster, flows, strategy="observed", without=[need.key])
    assert [one.key for one in found.needs] != []
    assert need.key not in {one.key for one in found.needs}
    assert [one.need for one in found.left_out if one.why.value == "by-hand"] == [need]


def test_a_package_offers_one_by_an_entry_point(tmp_path: Path) -> None:
    module = (
        "from workbench.generate import strategy\n\n\n"
        '@strategy("theirs")\ndef theirs(context):\n    """Return nothing."""\n    return ()\n'
    )
    points = [("netpol_workbench.strategies", "theirs", "their_package.theirs")]
    folder = offered(tmp_path, "their-package", {"their_package.theirs": module}, points)
    code = "from workbench.generate import STRATEGIES; print(STRATEGIES.named('theirs').meaning)"
    path = f"{folder}:{Path(__file__).resolve().parents[2]}"
    done = run(  # noqa: S603  (our own program)
        [sys.executable, "-P", "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("Return nothing.\n", 0), done.stderr


def test_what_a_strategy_remarks_is_a_note_of_the_proposal() -> None:
    @strategy("remarking")
    def remarking(context: Context) -> Drafts:
        """Remark something, and have something run first."""
        return Drafts(remarks=("it is small",), commands=(f"kubectl get {context.workloads[0].kind}",))

    found = proposed(cluster_of(*SHOP), strategy="remarking")
    assert found.notes == ("it is small",)
    assert found.commands == ("kubectl get StatefulSet",)
    assert dict(found.since) == {}
