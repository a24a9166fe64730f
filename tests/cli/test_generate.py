"""``generate``: policies at the command line, from manifests, flows, baselines, lists and recipes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.command import command
from tests.cli.test_calls import plain
from workbench.generate import Context, Drafts, strategy
from workbench.ground import sample_path

SHOP = (str(sample_path("shop")), str(sample_path("flows/cluster.json")))
HUBBLE = str(sample_path("flows/hubble.jsonl.gz"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETPOL_WORKBENCH_WORKSPACE", raising=False)
    return tmp_path


def written(*words: str) -> list[dict[str, object]]:
    result = command("generate", *SHOP, "-q", *words)
    assert result.exit_code == 0, result.stderr
    return list(yaml.safe_load_all(result.stdout))


def names(policies: list[dict[str, object]]) -> set[str]:
    return {str(one["metadata"]["name"]) for one in policies}  # type: ignore[index]


def test_without_more_it_is_what_manifests_declare_as_roxctl_does() -> None:
    assert {"cart-netpol", "default-deny-in-namespace-orders"} <= names(written("--in", "orders"))
    assert written("--in", "orders") == written("--in", "orders", "--from", "manifests", "--strategy", "build-time")


def test_flows_make_it_the_least_privilege_of_what_was_seen() -> None:
    assert {"cart-deployment", "default-deny"} <= names(written("--flows", HUBBLE, "--in", "orders"))


def test_the_port_of_dns_is_spelled_as_by_roxctl() -> None:
    for option in ("--dnsport", "--dns-port"):
        text = command("generate", *SHOP, "-q", option, "5353").stdout
        assert "port: 5353" in text


def test_a_list_is_read_from_a_file_whose_lines_are_named_where_they_are_wrong(here: Path) -> None:
    (here / "wanted.txt").write_text("storefront/web -> orders/cart : TCP 8080\n")
    assert names(written("--list", "wanted.txt", "--in", "orders", "--set", "dns=false")) >= {"cart-deployment"}
    (here / "wanted.txt").write_text("# ours\nstorefront/web orders/cart\n")
    result = command("generate", *SHOP, "--list", "wanted.txt")
    assert (result.exit_code, "wanted.txt:2" in plain(result.stderr)) == (2, True)


def test_recipes_are_for_every_namespace_that_is_named() -> None:
    found = written("--recipe", "allow-same-namespace", "--in", "orders", "--in", "payments")
    assert [one["metadata"]["namespace"] for one in found] == ["orders", "payments"]  # type: ignore[index]


def test_baselines_come_from_the_workspace(here: Path) -> None:
    assert command("baseline", "learn", HUBBLE, "-m", SHOP[0], "-m", SHOP[1], "--period", "2d").exit_code == 0
    assert (here / "netpol-workspace").is_dir()
    found = written("--from", "baseline", "--in", "payments", "--set", "declared=false")
    assert "db-statefulset" in names(found)


def test_a_folder_gets_a_file_for_each_policy_and_is_not_replaced_unasked(here: Path) -> None:
    asked = ("generate", *SHOP, "-q", "--in", "orders", "-d", "policies")
    assert command(*asked).exit_code == 0
    files = sorted((here / "policies").iterdir())
    assert [one.suffix for one in files] == [".yaml"] * len(files)
    before = {one.name: one.read_bytes() for one in files}
    again = command(*asked)
    assert (again.exit_code, "--remove replaces it" in plain(again.stderr)) == (2, True)
    assert command(*asked, "--remove").exit_code == 0
    assert {one.name: one.read_bytes() for one in (here / "policies").iterdir()} == before
    (here / "policies" / "README.md").write_text("ours")
    refused = command(*asked, "--remove")
    assert (refused.exit_code, "README.md" in plain(refused.stderr)) == (2, True)
    assert (here / "policies" / "README.md").read_text() == "ours"


def test_a_file_is_not_replaced_unasked_either(here: Path) -> None:
    asked = ("generate", *SHOP, "-q", "--in", "orders", "-f", "policies.yaml")
    assert (command(*asked).exit_code, command(*asked).exit_code, command(*asked, "--remove").exit_code) == (0, 2, 0)
    assert (here / "policies.yaml").read_text() == command(*asked[:-2]).stdout


def test_what_was_left_out_is_said_beside_the_answer() -> None:
    result = command("generate", *SHOP, "--flows", HUBBLE, "--in", "orders")
    assert "left out: it was denied" in result.stderr
    assert "left out" not in result.stdout


def test_reasons_and_what_was_left_out_are_written_for_programs() -> None:
    result = command("generate", *SHOP, "-q", "--flows", HUBBLE, "--in", "orders", "-o", "json")
    found = json.loads(result.stdout)
    assert {"observed", "declared", "allowance"} <= {one["basis"] for one in found["reasons"]}
    assert found["strategy"] == "least-privilege"


def test_the_declared_connections_alone_are_written_as_the_reference_tool_does() -> None:
    found = json.loads(command("generate", *SHOP, "-q", "--connections").stdout)
    assert {"target", "link"} <= set(found[0])


def test_the_commands_that_delete_what_was_generated_need_no_manifests() -> None:
    everywhere = command("generate", "--deletion-commands", "oc").stdout.splitlines()
    assert "oc delete networkpolicies --all-namespaces --selector app.kubernetes.io/managed-by=netpol-workbench" in (
        everywhere
    )
    here = command("generate", "--deletion-commands", "kubectl", "--in", "orders").stdout.splitlines()
    assert {one.partition(" --selector")[0] for one in here} == {"kubectl delete networkpolicies --namespace orders"}


def test_a_format_of_one_strategy_is_refused_for_others(here: Path) -> None:
    result = command("generate", *SHOP, "--in", "orders", "-o", "kubescape", "-f", "out.yaml")
    assert (result.exit_code, "use that strategy, or the format yaml" in plain(result.stderr)) == (2, True)
    assert not (here / "out.yaml").exists()


def test_options_that_have_to_be_given_are_listed_as_such() -> None:
    @strategy("asking")
    def asking(context: Context, *, whom: str, open_: bool = False) -> Drafts:
        """Ask, as in ``--set whom=me``.

        Parameters
        ----------
        whom : str
            Such as ``me``.
        open_ : bool
        """
        raise NotImplementedError(context, whom, open_)

    found = command("generate", "--strategies").stdout
    assert "asking\n    Ask, as in '--set whom=me'.\n    --set whom= (required)\n        Such as 'me'.\n" in found
    assert "    --set open_=false\n" in found


def test_strategies_are_listed_with_their_options() -> None:
    found = command("generate", "--strategies").stdout
    assert "rhacs-baseline" in found
    assert "--set include_ports=true" in found


@pytest.mark.parametrize(
    "words,said",
    [
        (("--strategy", "magic"), "unknown strategy 'magic'"),
        (("--set", "dns"), "dns has no value"),
        (("--set", "dns=1"), "has no option dns"),
        (("--flows", HUBBLE, "--strategy", "rhacs", "--set", "include-ports=perhaps"), "true or false"),
        (("-o", "loud"), "unknown format 'loud'"),
        (("-f", "a", "-d", "b"), "not both"),
        (("-d", "policies", "-o", "csv"), "a file of YAML for each policy"),
        (("-f", "nowhere/a.yaml"), "does not exist"),
        (("--in", "nowhere"), "there is no namespace 'nowhere'"),
        (("--from", "flows"), "there is no workspace"),
        (("--from", "kubescape"), "NetworkNeighborhood"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(here: Path, words: tuple[str, ...], said: str) -> None:
    result = command("generate", *SHOP, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(plain(result.stderr).replace("│", " ").split())
    assert not any(here.iterdir())
