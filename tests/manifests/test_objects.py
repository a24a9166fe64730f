"""Objects in a file: Lists taken apart, Secrets left where they are, and what is no object said so."""

from __future__ import annotations

import json

import pytest

from workbench.manifests import Manifest, ManifestFile, ProblemLog, Severity, read_objects


def read(text: str, name: str = "f.yaml") -> tuple[list[Manifest], ProblemLog]:
    log = ProblemLog()
    return list(read_objects(ManifestFile(name, text), log)), log


def refs(text: str) -> list[str]:
    return [manifest.ref for manifest in read(text)[0]]


class TestLists:
    def test_a_list_is_taken_apart(self) -> None:
        text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
        assert refs(text) == ["Pod a"]

    def test_members_of_a_typed_list_take_its_kind_and_version(self) -> None:
        text = "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: a, namespace: x}\n"
        ((manifest,), _) = read(text)
        assert (manifest.ref, manifest.api_version) == ("Deployment x/a", "apps/v1")

    def test_lists_in_lists_are_taken_apart(self) -> None:
        inner = {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a"}}]}
        outer = {"apiVersion": "v1", "kind": "List", "items": [inner, {"apiVersion": "v1", "kind": "Node"}]}
        assert refs(json.dumps(outer)) == ["Pod a", "Node"]

    def test_lists_in_lists_to_any_depth_are_survived(self) -> None:
        assert refs('{"kind": "List", "items": [' * 240 + "]}" * 240) == []

    def test_problems_of_members_have_their_own_lines(self) -> None:
        text = "kind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n"
        ((manifest,), _) = read(text)
        problem = manifest.problem(Severity.ERROR, "x", "y", path=("metadata", "name"))
        assert (problem.line, problem.field) == (7, "metadata.name")

    def test_problems_of_members_of_a_list_in_a_list_have_their_own_lines(self) -> None:
        text = (
            "kind: List\nitems:\n- kind: PodList\n  apiVersion: v1\n  items:\n"
            "  - metadata: {name: a}\n  - metadata:\n      name: b\n"
        )
        (manifests, _) = read(text)
        assert [m.problem(Severity.ERROR, "x", "y", path=("metadata", "name")).line for m in manifests] == [6, 8]

    def test_a_member_that_is_no_object_is_a_problem(self) -> None:
        _, log = read("kind: List\napiVersion: v1\nitems: [7]\n")
        assert [(problem.code, problem.field) for problem in log] == [("invalid-object", "items[0]")]

    def test_a_list_without_items_is_empty(self) -> None:
        assert refs("kind: PodList\napiVersion: v1\nitems: null\n---\nkind: List\napiVersion: v1\n") == []

    def test_a_kind_that_merely_ends_in_list_is_an_object(self) -> None:
        assert refs("kind: AllowList\napiVersion: x.io/v1\nmetadata: {name: a}\n") == ["AllowList a"]


class TestSecrets:
    ONE = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {password: aHVudGVyMg==}\n"

    def test_secrets_are_passed_over(self) -> None:
        manifests, log = read(self.ONE)
        assert (manifests, list(log)) == ([], [])

    @pytest.mark.parametrize(
        "text",
        [
            (
                "kind: List\nitems:\n- kind: Secret\n  apiVersion: v1\n  data: {p: aHVudGVyMg==}\n"
                "- kind: Pod\n  apiVersion: v1\n  metadata: {name: a}\n"
            ),
            (
                "kind: List\nitems:\n- kind: List\n  items:\n"
                "  - {kind: Secret, apiVersion: v1, data: {p: aHVudGVyMg==}}\n"
                "  - {kind: Pod, apiVersion: v1, metadata: {name: a}}\n"
            ),
            json.dumps(
                {
                    "kind": "List",
                    "items": [
                        {"kind": "Secret", "apiVersion": "v1", "data": {"p": "aHVudGVyMg=="}},
                        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}},
                    ],
                }
            ),
            (
                "{kind: Secret, apiVersion: v1, data: {p: aHVudGVyMg==}}\r---\r"
                "{kind: Pod, apiVersion: v1, metadata: {name: a}}\r"
            ),
        ],
    )
    def test_nothing_of_a_secret_stays_with_its_neighbours(self, text: str) -> None:
        manifests, _ = read(text)
        assert [manifest.ref for manifest in manifests] == ["Pod a"]
        assert not any("aHVudGVyMg" in repr(m.content) + m.source.text for m in manifests)

    def test_problems_of_a_secret_do_not_show_its_values(self) -> None:
        _, log = read("kind: Secret\ndata: {p: !!int hunter2, p: !!binary hunter2}\nstringData: {x: .inf}\n")
        assert len(log) == 4
        assert "hunter2" not in repr(list(log))

    def test_kubeconfig_files_are_not_kept(self) -> None:
        manifests, log = read("apiVersion: v1\nkind: Config\nusers: [{user: {token: t}}]\n")
        assert manifests == []
        assert [problem.code for problem in log] == ["not-kubernetes"]


class TestHelm:
    @pytest.mark.parametrize(
        "text",
        [
            "{{- if .Values.on }}\nkind: Pod\n{{- end }}\n",
            "kind: Pod\napiVersion: v1\nspec: {{ .Values.spec }}\n",
            'kind: Pod\napiVersion: v1\nmetadata: {name: "{{ .Release.Name }}-x"}\n',
            'kind: Pod\napiVersion: v1\nmetadata:\n  name: a\n  labels:\n    {{- include "x.labels" . | nindent 4 }}\n',
            'kind: Pod\napiVersion: v1\nmetadata: {name: a, labels: {app: "{{ .Chart.Name }}"}}\n',
        ],
    )
    def test_a_template_is_one_problem_with_the_remedy(self, text: str) -> None:
        manifests, log = read(text + "---\n" + text)
        (problem,) = log
        assert manifests == []
        assert (problem.code, problem.severity) == ("helm-template", Severity.ERROR)
        assert "helm template" in problem.remedy

    def test_it_stands_on_the_first_line_with_an_action(self) -> None:
        _, log = read("apiVersion: v1\nkind: Pod\nspec: {{ x }}\n")
        assert [problem.line for problem in log] == [3]

    def test_other_documents_of_the_file_are_read(self) -> None:
        manifests, _ = read("kind: Pod\napiVersion: v1\nmetadata: {name: a}\n---\n{{ x }}: 1\n")
        assert [manifest.ref for manifest in manifests] == ["Pod a"]

    @pytest.mark.parametrize("value", ['"{{ $labels.instance }}"', "|\n    {{ range . }}x{{ end }}\n"])
    def test_templates_of_other_tools_in_values_are_none_of_helm_s(self, value: str) -> None:
        manifests, log = read(f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: a}}\ndata:\n  alert: {value}\n")
        assert ([manifest.ref for manifest in manifests], list(log)) == (["ConfigMap a"], [])


@pytest.mark.parametrize(
    "text, name, code, severity",
    [
        ("replicas: 3\n", "values.yaml", "not-kubernetes", Severity.INFO),
        ("[1, 2]\n", "list.json", "not-kubernetes", Severity.INFO),
        ("just text\n", "notes.yaml", "not-kubernetes", Severity.INFO),
        (
            "apiVersion: template.openshift.io/v1\nkind: Template\nobjects: []\n",
            "t.yaml",
            "openshift-template",
            Severity.WARNING,
        ),
        ("apiVersion: v1\nmetadata: {name: a}\n", "x.yaml", "invalid-object", Severity.ERROR),
        ("apiVersion: 1\nkind: Pod\n", "x.yaml", "invalid-object", Severity.ERROR),
        ("kind: [Pod]\napiVersion: v1\n", "x.yaml", "invalid-object", Severity.ERROR),
    ],
)
def test_what_is_no_object_is_said_so(text: str, name: str, code: str, severity: Severity) -> None:
    manifests, log = read(text, name)
    assert manifests == []
    assert [(problem.code, problem.severity, problem.file, problem.line) for problem in log] == [
        (code, severity, name, 1)
    ]


@pytest.mark.parametrize(
    "text, code",
    [
        ("a: [1, 2\n", "not-kubernetes"),
        ('{\n  // a comment\n  "compilerOptions": {},\n}\n', "not-kubernetes"),
        ("- hosts: all\n  tasks: [{debug: msg={{ x }} y}]\n", "not-kubernetes"),
        ("a: 1\na: 2\n", "not-kubernetes"),
        ("kind: Pod\nspec: [1, 2\n", "yaml-syntax"),
        ("a: [1\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: a}\n", "yaml-syntax"),
        ('{{- include "all" . }}\n', "helm-template"),
        ('# all\n---\n{{- range .Values.all }}\n{{ include "one" . }}\n{{- end }}\n', "helm-template"),
    ],
)
def test_a_broken_file_without_the_fields_of_an_object_is_that_of_another_program(text: str, code: str) -> None:
    _, log = read(text)
    assert {problem.code for problem in log} == {code}


def test_a_broken_kustomization_is_an_error() -> None:
    _, log = read("resources: [a\n", "kustomization.yaml")
    assert [problem.severity for problem in log] == [Severity.ERROR]


def test_a_flux_kustomization_is_an_object() -> None:
    assert refs("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n") == [
        "Kustomization a"
    ]
