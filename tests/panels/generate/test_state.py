"""What can be asked for in the panel that proposes policies, and what is done with a proposal, without widgets."""

from __future__ import annotations

import io
import zipfile
from functools import cache

import pytest
import yaml
from traitlets import TraitError

from workbench.flows import load_flows
from workbench.generate import STRATEGIES
from workbench.ground import ArgumentError, NotFoundError, sample_path
from workbench.inventory import load_manifests
from workbench.panels.frame import Scope
from workbench.panels.generate import GenerateState

CART = "NetworkPolicy orders/cart-deployment"


@cache
def looked_at() -> Scope:
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    return Scope(cluster, load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster))


def state(**traits: object) -> GenerateState:
    return GenerateState(looked_at(), **{"namespaces": ("orders",), **traits})


def proposing(**traits: object) -> GenerateState:
    found = state(**traits)
    found.put(found.proposed())
    return found


def test_every_strategy_can_be_chosen_with_its_options_and_no_other() -> None:
    found = state()
    assert set(found.strategies) == set(STRATEGIES.names())
    found.choose("rhacs")
    found.set_option("include_ports", value=False)
    assert found.options == {"include_ports": False}
    found.set_option("include_ports", value=True)
    assert found.options == {}, "what is as it is by default is not an option that was set"
    with pytest.raises(NotFoundError, match="no option"):
        found.set_option("ports", "80")
    with pytest.raises(ArgumentError, match="none, generated-only, all"):
        found.set_option("delete_existing", "some")
    with pytest.raises(TraitError, match="not a strategy"):
        found.strategy = "magic"


def test_another_strategy_begins_with_its_own_options() -> None:
    found = state(strategy="rhacs", options={"include_ports": False})
    found.choose("recipe")
    assert found.options == {}


def test_what_is_needed_and_is_not_there_is_said() -> None:
    found = GenerateState(Scope(looked_at().cluster))
    with pytest.raises(ArgumentError, match="neither flows nor baselines"):
        found.proposed()


def test_a_rule_says_for_which_flows_it_is_there() -> None:
    found = proposing()
    row = next(row for _, row in found.rules().iterrows() if row["policy"] == CART and row["direction"] == "ingress")
    found.select_row(row)
    ends = ["storefront/web[Deployment]", "orders/cart[Deployment]", "TCP 8080"]
    assert found.reasons()[["basis", "src", "dst", "ports"]].to_numpy().tolist() == [
        ["declared", *ends],
        ["observed", *ends],
    ]
    assert set(found.seen()["src"]) == {"storefront/web[Deployment]"}


def test_a_rule_that_is_taken_out_is_left_out_by_hand() -> None:
    found = proposing()
    before = len(found.rules())
    with pytest.raises(ArgumentError, match="no rule is chosen"):
        found.take_out_rule()
    found.rule = (CART, "spec.ingress[0]")
    found.take_out_rule()
    assert len(found.rules()) == before - 1
    assert "by-hand" in set(found.left_out()["why"])


def test_a_connection_that_is_taken_out_is_taken_out_at_both_ends_until_it_is_put_back() -> None:
    found = proposing(namespaces=("orders", "storefront"))
    before = found.to_yaml()
    found.rule = (CART, "spec.ingress[0]")
    found.take_out(found.need_of(found.reasons().iloc[0]))
    assert found.taken_out == 1
    left = found.rules()
    assert not any("storefront/web[Deployment] => orders/cart" in text for why in left["because"] for text in why)
    found.put_back()
    assert found.to_yaml() == before
    assert not found.taken_out


def test_looser_levels_have_fewer_rules_and_say_what_they_open() -> None:
    found = proposing()
    levels = found.levels().set_index("level")
    assert levels.loc["exact", "opened"] == 0
    assert levels["rules"].is_monotonic_decreasing
    found.level = "namespace"
    shown = found.shown
    assert shown is not None
    assert len(found.rules()) == sum(max(len(one.policy.rules), 1) for one in shown.drafts)


def test_the_file_the_archive_and_the_text_hold_the_same_policies() -> None:
    found = proposing()
    with pytest.raises(ArgumentError, match="nothing is proposed yet"):
        state().file()
    documents = list(yaml.safe_load_all(found.to_yaml()))
    assert found.file().content == found.to_yaml()
    packed = found.archive().content
    assert isinstance(packed, bytes)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        assert names == sorted(names), "kubectl applies files by their names"
        assert [yaml.safe_load(archive.read(name)) for name in names] == documents
    assert found.archive().content == packed


def test_what_is_handed_on_is_what_is_shown() -> None:
    found = proposing(level="any-port")
    found.hand_on()
    assert found.selection.proposal.to_yaml() == found.to_yaml()
    found.selection.proposal = None


def test_a_proposal_is_kept_opened_and_stands_beside_a_later_one() -> None:
    found = GenerateState(Scope(looked_at().cluster, looked_at().flows), namespaces=("orders",))
    found.put(found.proposed())
    with pytest.raises(ArgumentError, match="has no name"):
        found.keep(" ")
    with pytest.raises(NotFoundError, match="no proposal 'orders' is kept"):
        found.open_kept("orders")
    found.keep("orders")
    assert list(found.kept_names) == ["orders"]
    assert set(found.since()["status"]) == {"stable"}
    before = found.to_yaml()
    found.rule = (CART, "spec.ingress[0]")
    found.take_out_rule()
    since = found.since()
    assert list(since[since["policy"] == CART]["status"]).count("gone") == 1
    found.open_kept("orders")
    assert found.to_yaml() == before
    found.scope.undo()
    assert not found.kept_names


def test_another_cluster_forgets_what_was_proposed() -> None:
    found = proposing()
    found.put_nothing()
    assert (found.shown, found.rule, found.sentence) == (None, None, "")
