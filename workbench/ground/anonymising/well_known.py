"""Which names say nothing of their owner, since every cluster of a kind has them (anonymising 3).

Each is listed in full: whoever invents a name below the domain of a project, such as a role of nodes, says something
of their own. Where code of other rooms goes by a name, it is here; a test compares the two.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal, TypeAlias

__all__ = [
    "GROUPS",
    "KEYS",
    "KINDS",
    "NAMESPACES",
    "NAMES_OF_PORTS",
    "NETWORKS",
    "PLATFORM_PREFIXES",
    "STATIC_PODS",
    "VALUES",
    "VALUES_OF",
    "WORKLOADS",
    "Meaning",
]

Meaning: TypeAlias = Literal[
    "namespace", "workload", "service", "node", "account", "hash", "revision", "number", "uid", "cluster"
]
"""What the value of a label is that is no free text."""


def _listed(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


PLATFORM_PREFIXES: Final = ("openshift-", "kube-", "cilium", "calico-")
"""What namespaces of platforms begin with, whatever follows: others of them keep that, and lose the rest."""

NAMESPACES: Final = _listed(
    "default kube-system kube-public kube-node-lease openshift local-path-storage",
    "calico-apiserver calico-system tigera-operator cilium cilium-secrets cilium-spire stackrox rhacs-operator",
    "cert-manager logging metallb-system monitoring observability prometheus knative-serving knative-eventing",
    "contour envoy-gateway-system haproxy-controller haproxy-ingress ingress ingress-controller ingress-haproxy",
    "ingress-nginx ingress-traefik istio-gateway istio-ingress istio-system kong nginx-gateway nginx-ingress",
    "projectcontour traefik traefik-system traefik-v2 gatekeeper-system kyverno linkerd flux-system argocd",
    "openshift-apiserver openshift-authentication openshift-cluster-version openshift-config openshift-console",
    "openshift-dns openshift-etcd openshift-image-registry openshift-ingress openshift-ingress-operator",
    "openshift-kube-apiserver openshift-logging openshift-machine-api openshift-marketplace openshift-monitoring",
    "openshift-multus openshift-network-operator openshift-oauth-apiserver openshift-operators",
    "openshift-operator-lifecycle-manager openshift-ovn-kubernetes openshift-sdn openshift-user-workload-monitoring",
)
"""Namespaces of platforms, and of components that are installed under one name everywhere."""

STATIC_PODS: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kube-vip")
"""What runs as a pod of its node alone; the pod is called after both."""

WORKLOADS: Final = _listed(
    " ".join(STATIC_PODS),
    "alertmanager aws-node calico-kube-controllers calico-node calico-typha cilium cilium-envoy cilium-operator",
    "coredns coredns-autoscaler default dns-default ingress-nginx-controller istio-ingressgateway istiod kindnet",
    "konnectivity-agent kube-dns kube-dns-autoscaler kube-flannel-ds kube-state-metrics kubernetes",
    "local-path-provisioner metrics-server node-exporter node-local-dns nodelocaldns ovnkube-control-plane",
    "ovnkube-node prometheus-operator rke2-coredns-rke2-coredns router-default tigera-operator traefik",
)
"""Names of the components of platforms, and of their Services and accounts."""

KEYS: Final = _listed(
    "app component chart env environment heritage k8s-app name part-of release role run tier version",
    "app.kubernetes.io/component app.kubernetes.io/created-by app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by app.kubernetes.io/name app.kubernetes.io/part-of app.kubernetes.io/revision",
    "app.kubernetes.io/version addonmanager.kubernetes.io/mode kubernetes.io/cluster-service",
    "kubernetes.io/metadata.name kubernetes.io/arch kubernetes.io/hostname kubernetes.io/os",
    "kubernetes.io/service-name kubernetes.io/name endpointslice.kubernetes.io/managed-by",
    "pod-template-hash controller-revision-hash pod-template-generation controller-uid job-name",
    "statefulset.kubernetes.io/pod-name apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-completion-index batch.kubernetes.io/job-name batch.kubernetes.io/controller-uid",
    "deployment deploymentconfig rollouts-pod-template-hash",
    "serving.knative.dev/service serving.knative.dev/configuration serving.knative.dev/revision",
    "serving.knative.dev/configurationGeneration serving.knative.dev/serviceUID",
    "serving.knative.dev/configurationUID serving.knative.dev/revisionUID",
    "kubevirt.io vm.kubevirt.io/name kubevirt.io/created-by kubevirt.io/nodeName kubevirt.io/migrationJobUID",
    "kubevirt.io/domain prometheus alertmanager thanos-ruler operator.prometheus.io/name",
    "operator.prometheus.io/shard",
    "node-role.kubernetes.io/control-plane node-role.kubernetes.io/master node-role.kubernetes.io/worker",
    "node-role.kubernetes.io/infra beta.kubernetes.io/arch beta.kubernetes.io/os",
    "topology.kubernetes.io/region topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region failure-domain.beta.kubernetes.io/zone",
    "pod-security.kubernetes.io/enforce pod-security.kubernetes.io/enforce-version",
    "pod-security.kubernetes.io/audit pod-security.kubernetes.io/warn",
    "network.openshift.io/policy-group policy-group.network.openshift.io/ingress",
    "policy-group.network.openshift.io/host-network policy-group.network.openshift.io/monitoring",
    "k8s.ovn.org/primary-user-defined-network dns.operator.openshift.io/daemonset-dns",
    "ingresscontroller.operator.openshift.io/deployment-ingresscontroller openshift.io/cluster-monitoring",
    "gateway.envoyproxy.io/owning-gateway-name gateway.envoyproxy.io/owning-gatewayclass",
    "gateway.envoyproxy.io/owning-gateway-namespace gateway.networking.k8s.io/gateway-name",
    "istio istio-injection istio.io/rev service.istio.io/canonical-name service.istio.io/canonical-revision",
    "security.istio.io/tlsMode helm.sh/chart linkerd.io/control-plane-component linkerd.io/control-plane-ns",
    "io.kubernetes.pod.namespace io.cilium.k8s.policy.cluster io.cilium.k8s.policy.serviceaccount reserved",
)
"""Keys of labels."""

VALUES_OF: Final[MappingProxyType[str, Meaning]] = MappingProxyType(
    {
        "kubernetes.io/metadata.name": "namespace",
        "io.kubernetes.pod.namespace": "namespace",
        "gateway.envoyproxy.io/owning-gateway-namespace": "namespace",
        "kubernetes.io/service-name": "service",
        "kubernetes.io/hostname": "node",
        "kubevirt.io/nodeName": "node",
        "io.cilium.k8s.policy.serviceaccount": "account",
        "io.cilium.k8s.policy.cluster": "cluster",
        **dict.fromkeys(
            (
                *("statefulset.kubernetes.io/pod-name", "batch.kubernetes.io/job-name", "job-name"),
                *("deployment", "deploymentconfig", "vm.kubevirt.io/name", "kubevirt.io/domain"),
                *("serving.knative.dev/service", "serving.knative.dev/configuration", "serving.knative.dev/revision"),
                *("app.kubernetes.io/instance", "prometheus", "alertmanager", "thanos-ruler"),
                *("operator.prometheus.io/name", "service.istio.io/canonical-name"),
            ),
            "workload",
        ),
        **dict.fromkeys(("pod-template-hash", "rollouts-pod-template-hash"), "hash"),
        "controller-revision-hash": "revision",
        **dict.fromkeys(
            (
                *("apps.kubernetes.io/pod-index", "batch.kubernetes.io/job-completion-index"),
                *("pod-template-generation", "operator.prometheus.io/shard", "app.kubernetes.io/revision"),
                "serving.knative.dev/configurationGeneration",
            ),
            "number",
        ),
        **dict.fromkeys(
            (
                *("controller-uid", "batch.kubernetes.io/controller-uid", "kubevirt.io/created-by"),
                *("kubevirt.io/migrationJobUID", "serving.knative.dev/serviceUID"),
                *("serving.knative.dev/configurationUID", "serving.knative.dev/revisionUID"),
            ),
            "uid",
        ),
    }
)
"""What the values of some labels are: by these, they go with what they name."""

VALUES: Final = _listed(
    "true false enabled disabled yes no none all host world kube-apiserver remote-node init health unmanaged ingress",
    "linux windows amd64 arm64 restricted baseline privileged latest Reconcile EnsureExists",
    "Helm helm Tiller kustomize argocd flux kustomize-controller helm-controller OLM prometheus-operator",
    "controller server agent proxy webhook operator cainjector envoy database cache frontend backend web api worker",
    "kube-dns coredns node-local-dns dns-default default kube-proxy etcd kube-scheduler kube-controller-manager",
    "cilium cilium-operator calico-node calico-typha calico-kube-controllers metrics-server kube-state-metrics",
    "node-exporter prometheus prometheus-agent alertmanager thanos-ruler vmagent grafana virt-launcher",
    "contour envoy-gateway haproxy-ingress kubernetes-ingress ingress-nginx istio-ingress istio-ingressgateway",
    "nginx-ingress nginx-ingress-controller nginx-gateway traefik kong ingressgateway egressgateway istiod pilot",
    "ingress-controller haproxy-controller ingress-haproxy ingress-traefik istio-gateway istio-system",
    "openshift-ingress projectcontour traefik-system traefik-v2 envoy-gateway-system router monitoring host-network",
    "cert-manager external-dns",
)
"""Values of labels that are words of platforms and of their components."""

NAMES_OF_PORTS: Final = _listed(
    "http https http2 http-web http-metrics https-metrics grpc grpc-web metrics web websecure api admin dns dns-tcp",
    "tcp udp sctp health healthz probe webhook liveness readiness mesh-tcp mesh-udp ssh ldap ldaps smtp imap ntp",
    "mysql mongodb mongo redis postgres postgresql postgresql-db amqp mqtt kafka cql etcd client peer",
)
"""Names of ports that say which protocol is spoken."""

NETWORKS: Final = frozenset(
    {
        *("internet", "world", "world-ipv4", "world-ipv6", "public network", "private network"),
        *("cloud metadata service", "node-local DNS", "External Entities", "Internal Entities", "outside"),
        *("kube-apiserver", "host", "remote-node", "health", "init", "unmanaged", "ingress"),
    }
)
"""What sources of flows, and answers here, call whole parts of the outside."""

GROUPS: Final = _listed(
    "apps batch extensions networking.k8s.io discovery.k8s.io policy.networking.k8s.io gateway.networking.k8s.io",
    "apps.openshift.io route.openshift.io project.openshift.io k8s.ovn.org nmstate.io k8s.cni.cncf.io kubevirt.io",
    "argoproj.io keda.sh serving.knative.dev monitoring.coreos.com rbac.authorization.k8s.io",
    "cilium.io crd.projectcalico.org projectcalico.org crd.antrea.io network.openshift.io networking.k8s.aws",
    "policy.linkerd.io security.istio.io operator.openshift.io tekton.dev kafka.strimzi.io",
)
"""API groups whose kinds are read, or known to make pods or to restrict traffic."""

KINDS: Final = _listed(
    "Pod Deployment ReplicaSet StatefulSet DaemonSet ReplicationController DeploymentConfig Job CronJob Node",
    "VirtualMachine VirtualMachineInstance Rollout ScaledJob Prometheus Alertmanager ThanosRuler Service Namespace",
    "Endpoints EndpointSlice Ingress Route HTTPRoute GRPCRoute Gateway ReferenceGrant ServiceAccount Workload",
    "NetworkPolicy AdminNetworkPolicy BaselineAdminNetworkPolicy ClusterNetworkPolicy MultiNetworkPolicy",
    "CiliumNetworkPolicy CiliumClusterwideNetworkPolicy GlobalNetworkPolicy EgressFirewall EgressNetworkPolicy",
    "AuthorizationPolicy ApplicationNetworkPolicy UserDefinedNetwork ClusterUserDefinedNetwork Profile",
    "NetworkAttachmentDefinition Service.serving.knative.dev Configuration Revision Project Group",
    "External Unknown NetworkSet unknown CalicoNetworkPolicy StagedNetworkPolicy StagedGlobalNetworkPolicy Tier",
)
"""Kinds of objects that say nothing of their owner."""
