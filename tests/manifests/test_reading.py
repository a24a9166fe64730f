"""Files that are read together: what is no object, kustomizations, Helm charts, and what kubectl says in between."""

from __future__ import annotations

import json

import pytest

from workbench.ground import Problem, ProblemLog, Severity
from workbench.manifests import Manifest, ManifestFile, read_manifests

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n"


def read(**files: str) -> tuple[list[str], list[Problem]]:
    """Read files, whose names are given with ``__`` for a slash and ``_`` for a dot."""
    named = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    log = ProblemLog()
    given = [ManifestFile(name, text) for name, text in named.items()]
    manifests = read_manifests(given, log, kinds={"Pod", "Deployment"})
    return [f"{manifest.source.file} {manifest.ref}" for manifest in manifests], list(log)


def told(problems: list[Problem]) -> list[tuple[str, Severity]]:
    return [(problem.code, problem.severity) for problem in problems]


class TestForeign:
    @pytest.mark.parametrize(
        "text",
        [
            "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
            "apiVersion: v1\nentries: {shop: []}\n",
            "apiVersion: 1\ndatasources: []\n",
            "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: a}\n",
            "kind: role\nversion: v5\nmetadata: {name: admin}\nspec: {}\n",
            "kind: Cluster\nmetadata: {name: admin}\nspec: {}\n",
            "apiVersion: v1\nkind: Config\nclusters: []\n",
            "replicas: 3\n",
            "[{op: replace, path: /spec/replicas, value: 3}]\n",
            "just words\n",
        ],
    )
    def test_what_is_no_kubernetes_object_is_an_info(self, text: str) -> None:
        objects, problems = read(a_yaml=text, pod_yaml=POD)
        assert objects == ["pod.yaml Pod a"]
        assert told(problems) == [("not-kubernetes", Severity.INFO)]
        assert problems[0].message.startswith("not a Kubernetes object: ")

    def test_many_of_a_kind_are_one_line(self) -> None:
        charts = {f"c{number}__Chart_yaml": "apiVersion: v2\nname: x\n" for number in range(9)}
        _, (chart, values) = read(pod_yaml=POD, values_yaml="a: 1\n", **charts)
        assert (chart.file, chart.line) == ("c0/Chart.yaml", 1) or values.file == "c0/Chart.yaml"
        said = {chart.message, values.message}
        assert "not a Kubernetes object: values of a Helm chart" in said
        assert any(text.endswith("so are c1/Chart.yaml, c2/Chart.yaml, c3/Chart.yaml and 5 more") for text in said)

    @pytest.mark.parametrize(
        "text", ["apiVersion: v1\nmetadata: {name: a}\n", "apiVersion: 1\nkind: Pod\n", "apiVersion: v1\nkind: [a]\n"]
    )
    def test_an_object_with_a_slip_stays_an_error(self, text: str) -> None:
        _, problems = read(a_yaml=text, pod_yaml=POD)
        assert told(problems) == [("invalid-object", Severity.ERROR)]

    def test_a_known_kind_without_a_version_is_an_object(self) -> None:
        objects, problems = read(a_yaml="kind: Pod\nmetadata: {name: a}\n")
        assert (objects, problems) == (["a.yaml Pod a"], [])


class TestNothing:
    def test_no_object_is_an_error_that_says_what_was_found_instead(self) -> None:
        _, problems = read(values_yaml="a: 1", b_yaml="kind: Secret\napiVersion: v1", c_yaml="[{op: add, path: /a}]")
        assert told(problems)[-1] == ("nothing-found", Severity.ERROR)
        assert problems[-1].message == (
            "no Kubernetes object was found but values of a Helm chart; a JSON patch; a Secret, which is never read"
        )

    def test_no_file_at_all_is_one_too(self) -> None:
        _, (problem,) = read()
        assert problem.message == "no Kubernetes object was found"

    def test_an_empty_list_is_nothing(self) -> None:
        _, (problem,) = read(a_json='{"apiVersion": "v1", "kind": "List", "items": []}')
        assert problem.message == "no Kubernetes object was found in 1 file"


class TestKubectl:
    @pytest.mark.parametrize(
        "noise",
        [
            "Warning: v1 ComponentStatus is deprecated in v1.19+",
            "No resources found in shop namespace.",
            'Error from server (Forbidden): pods is forbidden: User "x" cannot list resource',
            "W1129 19:00:00.123456   12345 warnings.go:70] policy/v1beta1 is deprecated",
        ],
    )
    @pytest.mark.parametrize("text", [POD, json.dumps({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})])
    def test_what_kubectl_says_beside_its_output_is_passed_over(self, noise: str, text: str) -> None:
        objects, (problem,) = read(a_yaml=f"{noise}\n{noise}\n{text}")
        assert objects == ["a.yaml Pod a"]
        assert (problem.code, problem.severity, problem.line) == ("kubectl-message", Severity.INFO, 1)
        assert noise in problem.message

    def test_lines_keep_their_numbers(self) -> None:
        log = ProblemLog()
        text = f"Warning: old\n---\n{POD}"
        (manifest,) = read_manifests([ManifestFile("a", text)], log, kinds=())
        assert isinstance(manifest, Manifest)
        assert manifest.source.line == 3

    def test_the_same_words_within_a_document_stay(self) -> None:
        text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: |\n    Warning: hot\n"
        log = ProblemLog()
        (manifest,) = read_manifests([ManifestFile("a", text)], log, kinds=())
        assert (manifest.content["data"], list(log)) == ({"x": "Warning: hot\n"}, [])


class TestKustomize:
    @pytest.mark.parametrize(
        "listed",
        [
            "patches: [{path: patch.yaml}]",
            "patchesStrategicMerge: [./patch.yaml]",
            "patchesJson6902: [{target: {kind: Deployment, name: web}, path: patch.yaml}]",
            "transformers: [patch.yaml]",
            "generators: [../over/patch.yaml]",
        ],
    )
    def test_files_that_are_listed_as_instructions_are_no_objects(self, listed: str) -> None:
        objects, problems = read(
            base__pod_yaml=POD,
            over__kustomization_yaml=f"{listed}\nresources: [../base/pod.yaml]\n",
            over__patch_yaml=PATCH,
        )
        assert objects == ["base/pod.yaml Pod a"]
        assert told(problems) == [("kustomization", Severity.WARNING), ("not-kubernetes", Severity.INFO)]
        assert listed.partition(":")[0] in problems[0].message
        assert "--kustomize over" in problems[0].remedy
        assert "a patch, transformer or generator of a kustomization" in problems[1].message

    def test_so_are_whole_folders_of_them(self) -> None:
        objects, _ = read(pod_yaml=POD, kustomization_yaml="transformers: [./t]\n", t__a__b_yaml=PATCH)
        assert objects == ["pod.yaml Pod a"]

    def test_a_patch_of_the_same_name_elsewhere_is_an_object(self) -> None:
        objects, _ = read(over__kustomization_yaml="patches: [{path: patch.yaml}]\n", patch_yaml=PATCH)
        assert objects == ["patch.yaml Deployment web"]

    def test_paths_in_archives_are_their_own(self) -> None:
        log = ProblemLog()
        files = {"m.zip!o/kustomization.yaml": "patches: [{path: p.yaml}]", "m.zip!o/p.yaml": PATCH, "o/p.yaml": PATCH}
        found = read_manifests([ManifestFile(*file) for file in files.items()], log, kinds=())
        assert [manifest.source.file for manifest in found] == ["o/p.yaml"]

    def test_inline_patches_and_urls_are_no_paths(self) -> None:
        text = "patchesStrategicMerge:\n- |-\n  kind: Pod\n- https://x/y.yaml\npatches: [{patch: 'a: b'}, 7]\n"
        assert read(kustomization_yaml=text, y_yaml=POD)[0] == ["y.yaml Pod a"]

    def test_one_that_only_lists_files_changes_nothing(self) -> None:
        _, (problem,) = read(kustomization_yaml="resources: [pod.yaml]\nimages: [{name: a, newTag: b}]\n", pod_yaml=POD)
        assert problem.severity is Severity.INFO
        assert "changes nothing" in problem.message

    @pytest.mark.parametrize(
        "listed, missing",
        [
            ("resources: [pod.yaml, ../base]", "base"),
            ("bases: [../base]\nresources: [pod.yaml]", "base"),
            ("components: [../part]\nresources: [pod.yaml]", "part"),
            ("resources: [pod.yaml, gone.yaml]", "over/gone.yaml"),
            ("resources: [pod.yaml, 'https://example.org/x?ref=1']", "https://example.org/x?ref=1"),
            ("resources: [pod.yaml]\nhelmCharts: [{name: db}]", "helmCharts"),
            ("resources: [pod.yaml, ../a, ../b, ../c, ../d]", "a, b, c and 1 more"),
        ],
    )
    def test_what_it_builds_on_and_was_not_read_is_told(self, listed: str, missing: str) -> None:
        objects, problems = read(over__kustomization_yaml=f"{listed}\n", over__pod_yaml=POD)
        assert objects == ["over/pod.yaml Pod a"]
        (problem,) = [one for one in problems if one.code == "kustomization-incomplete"]
        assert problem.severity is Severity.WARNING
        assert problem.message.endswith(f"is in no answer: {missing}")
        assert "--kustomize over" in problem.remedy

    def test_what_its_base_builds_on_counts_and_files_without_objects_were_read(self) -> None:
        _, problems = read(
            over__kustomization_yaml="resources: [../base, empty.yaml]\n",
            over__empty_yaml="# nothing\n",
            base__kustomization_yaml="resources: [pod.yaml, gone.yaml]\n",
            base__pod_yaml=POD,
        )
        (problem,) = [one for one in problems if one.code == "kustomization-incomplete"]
        assert (problem.file, problem.message.rpartition(": ")[2]) == ("over/kustomization.yaml", "base/gone.yaml")

    def test_what_a_base_changes_counts_for_the_overlay(self) -> None:
        _, (problem,) = read(
            base__kustomization_yaml="resources: [pod.yaml]\nnamespace: shop\n",
            base__pod_yaml=POD,
            prod__kustomization_yaml="resources: [../base]\n",
        )
        assert (problem.file, problem.severity) == ("prod/kustomization.yaml", Severity.WARNING)
        assert "(namespace)" in problem.message

    def test_overlays_of_one_base_are_told_once_with_how_to_choose(self) -> None:
        overlay = "bases: [../base]\nnamespace: {}\n"
        _, (problem,) = read(
            base__kustomization_yaml="resources: [pod.yaml]\n",
            base__pod_yaml=POD,
            dev__kustomization_yaml=overlay.format("dev"),
            prod__kustomization_yaml=overlay.format("prod"),
        )
        assert (problem.code, problem.severity) == ("kustomize-overlays", Severity.WARNING)
        assert "dev, prod" in problem.message
        assert problem.remedy.startswith("choose one: --kustomize dev")

    def test_kustomizations_of_different_things_are_no_overlays(self) -> None:
        _, problems = read(
            a__kustomization_yaml="resources: [pod.yaml]\n",
            a__pod_yaml=POD,
            b__kustomization_yaml="resources: [pod.yaml]\n",
            b__pod_yaml=POD,
        )
        assert {problem.code for problem in problems} == {"not-kubernetes"}

    def test_circles_end(self) -> None:
        read(a__kustomization_yaml="resources: [../b]\n", b__kustomization_yaml="resources: [../a, .]\n", p_yaml=POD)


class TestHelm:
    TEMPLATE = POD.replace("name: a", "name: {{ .Values.name }}")

    def test_a_chart_is_one_message_with_the_command_that_renders_it(self) -> None:
        objects, problems = read(
            pod_yaml=POD,
            charts__shop__Chart_yaml="apiVersion: v2\nname: shop\n",
            charts__shop__templates__a_yaml=self.TEMPLATE,
            charts__shop__templates__b_yaml=self.TEMPLATE,
            charts__shop__charts__db__Chart_yaml="apiVersion: v2\nname: db\n",
            charts__shop__charts__db__templates__c_yaml=self.TEMPLATE,
        )
        assert objects == ["pod.yaml Pod a"]
        assert told(problems) == [("helm-template", Severity.ERROR), ("not-kubernetes", Severity.INFO)]
        assert "(charts/shop) that is not rendered: 3 of its files are templates" in problems[0].message
        assert "helm template charts/shop | netpol-workbench" in problems[0].remedy
        assert (problems[0].file, problems[0].line) == ("charts/shop/templates/a.yaml", 3)

    def test_templates_without_a_description_belong_to_the_folder_above(self) -> None:
        _, (problem,) = read(pod_yaml=POD, x__templates__a_yaml=self.TEMPLATE, x__templates__b__c_yaml=self.TEMPLATE)
        assert "helm template x " in problem.remedy

    def test_templates_of_no_chart_are_told_each(self) -> None:
        _, problems = read(pod_yaml=POD, a_yaml=self.TEMPLATE, b_yaml=self.TEMPLATE)
        assert [problem.file for problem in problems] == ["a.yaml", "b.yaml"]
