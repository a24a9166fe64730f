"""One whole object of every kind that is read, with all fields that are used: together a sound small cluster."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["EVERY_KIND", "UNLIKE", "Json"]

Json = dict[str, Any]

_POD_SPEC = """\
{hostNetwork: false, serviceAccountName: web, serviceAccount: web,
 containers: [{name: c, ports: [{name: http, containerPort: 80, protocol: TCP}, {containerPort: 53}]}]}"""
_TEMPLATE = f"""\
    metadata: {{labels: {{app: web}}, annotations: {{k8s.v1.cni.cncf.io/networks: shop/lan@eth1}}}}
    spec: {_POD_SPEC.replace(chr(10), chr(10) + " " * 6)}"""
_MACHINE = """\
domain: {devices: {interfaces: [{name: lan, ports: [{name: http, port: 80, protocol: TCP}]}]}}
networks: [{name: lan, multus: {networkName: shop/lan}}, {name: default, pod: {}}]
volumes:
- cloudInitNoCloud: {networkData: "{version: 2, ethernets: {eth1: {addresses: [192.168.1.7/24]}}}"}
- cloudInitConfigDrive: {networkData: "{version: 2}"}"""
_ADMIN_RULES = """\
  subject: {pods: {namespaceSelector: {matchLabels: {tier: front}}, podSelector: {matchLabels: {app: web}}}}
  ingress:
  - name: from-everywhere
    action: Allow
    from: [{namespaces: {matchExpressions: [{key: tier, operator: In, values: [front, back]}]}}]
    ports: [{portNumber: {protocol: TCP, port: 80}}, {namedPort: http}, {portRange: {protocol: UDP, start: 1, end: 9}}]
  egress:
  - name: to-the-outside
    action: Deny
    to: [{networks: [10.0.0.0/8, "2001:db8::/32"]}, {nodes: {matchLabels: {role: worker}}}]
    ports: [{portNumber: {protocol: SCTP, port: 7}}]"""
_NETWORK_POLICY = """\
  podSelector:
    matchLabels: {app: web}
    matchExpressions: [{key: app, operator: In, values: [web]}, {key: old, operator: DoesNotExist}]
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector: {matchLabels: {app: web}}
      namespaceSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [back]}]}
    - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
    ports: [{port: http, protocol: TCP}, {port: 1000, endPort: 2000, protocol: UDP}]
  egress:
  - to: [{ipBlock: {cidr: "2001:db8::/32"}}, {namespaceSelector: {}}]
    ports: [{port: http}, {port: 53, protocol: UDP}]"""


def _indented(text: str, by: int) -> str:
    return text.replace("\n", "\n" + " " * by)


def _controller(version: str, kind: str) -> str:
    return f"""\
apiVersion: {version}
kind: {kind}
metadata: {{name: {kind.lower()}, namespace: shop, labels: {{app: web}}, annotations: {{note: none}}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
{_TEMPLATE}
"""


_DOCUMENTS = [
    *(_controller("apps/v1", kind) for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")),
    _controller("v1", "ReplicationController"),
    _controller("apps.openshift.io/v1", "DeploymentConfig"),
    _controller("batch/v1", "Job").replace("replicas", "parallelism"),
    f"""\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: cronjob, namespace: shop}}
spec:
  jobTemplate:
    spec:
      parallelism: 2
      template:
    {_indented(_TEMPLATE, 4)}
""",
    f"""\
apiVersion: v1
kind: Pod
metadata:
  name: pod
  namespace: shop
  labels: {{app: web}}
  annotations:
    k8s.v1.cni.cncf.io/networks: '[{{"name": "lan", "namespace": "shop", "ips": ["192.168.1.5/24"]}}]'
    k8s.v1.cni.cncf.io/network-status: '[{{"name": "shop/lan", "ips": ["192.168.1.6"]}}]'
  ownerReferences: [{{apiVersion: example.com/v1, kind: Machine, name: owner, controller: true}}]
spec:
  {_indented(_POD_SPEC, 2)}
status: {{podIP: 10.2.0.1, podIPs: [{{ip: 10.2.0.1}}, {{ip: "2001:db8::1"}}], hostIP: 10.3.0.1}}
""",
    f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: virtual, namespace: shop}}
spec:
  template:
    metadata: {{labels: {{app: web}}, annotations: {{note: none}}}}
    spec:
      {_indented(_MACHINE, 6)}
""",
    f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {{name: instance, namespace: shop, labels: {{app: web}}}}
spec:
  {_indented(_MACHINE, 2)}
""",
    """\
apiVersion: v1
kind: PodList
items:
- metadata: {name: listed, namespace: green, labels: {app: web}}
  spec: {containers: [{name: c}]}
""",
    """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: web}
  clusterIP: 10.4.0.1
  clusterIPs: [10.4.0.1]
  externalIPs: [192.0.2.4]
  externalName: web.example.com
  ports: [{name: http, port: 80, targetPort: http, nodePort: 30000, protocol: TCP}]
status: {loadBalancer: {ingress: [{ip: 192.0.2.5}]}}
""",
    """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {tier: front}}
""",
    """\
apiVersion: v1
kind: Namespace
metadata: {name: green, labels: {tier: back, k8s.ovn.org/primary-user-defined-network: ""}}
""",
    """\
apiVersion: v1
kind: Namespace
metadata: {name: blue, labels: {tier: blue, k8s.ovn.org/primary-user-defined-network: ""}}
""",
    """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: way-in, namespace: shop}
spec:
  ingressClassName: nginx
  defaultBackend: {service: {name: web, port: {number: 80}}}
  rules:
  - host: web.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}
  - http: {paths: [{backend: {service: {name: web, port: {number: 80}}}}]}
""",
    """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: old-way-in, namespace: shop}
spec:
  backend: {serviceName: web, servicePort: http}
""",
    """\
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: route, namespace: shop}
spec:
  to: {kind: Service, name: web, weight: 100}
  alternateBackends: [{kind: Service, name: web, weight: 1}]
  port: {targetPort: http}
""",
    *(
        f"""\
apiVersion: gateway.networking.k8s.io/v1
kind: {kind}
metadata: {{name: {kind.lower()}, namespace: shop}}
spec:
  parentRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: front}}]
  rules:
  - backendRefs:
    - group: ""
      kind: Service
      name: web
      namespace: shop
      port: 80
      weight: 1
      filters: [{{type: RequestMirror, requestMirror: {{backendRef: {{name: web, port: 80}}}}}}]
    filters: [{{type: RequestMirror, requestMirror: {{backendRef: {{name: web, port: 80}}}}}}]
"""
        for kind in ("HTTPRoute", "GRPCRoute")
    ),
    """\
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: grant, namespace: shop}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: green}]
  to: [{group: "", kind: Service, name: web}]
""",
    f"""\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: policy, namespace: shop}}
spec:
{_NETWORK_POLICY}
""",
    f"""\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: admin}}
spec:
  priority: 10
{_ADMIN_RULES}
""",
    f"""\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {{name: default}}
spec:
{_ADMIN_RULES}
""",
    """\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: cluster}
spec:
  tier: Admin
  priority: 20
  subject: {namespaces: {matchLabels: {tier: front}}}
  ingress:
  - name: from-everywhere
    action: Accept
    from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}]
    protocols: [{tcp: {destinationPort: {number: 80}}}, {udp: {destinationPort: {range: {start: 1, end: 9}}}},
      {destinationNamedPort: http}, {sctp: {destinationPort: {number: 7}}}]
  egress:
  - action: Pass
    to: [{networks: [10.0.0.0/8]}, {nodes: {matchLabels: {role: worker}}}, {namespaces: {}}]
    protocols: [{tcp: {destinationPort: {number: 443}}}]
""",
    f"""\
apiVersion: k8s.cni.cncf.io/v1beta1
kind: MultiNetworkPolicy
metadata: {{name: multi, namespace: shop, annotations: {{k8s.v1.cni.cncf.io/policy-for: shop/lan}}}}
spec:
{_NETWORK_POLICY}
""",
    """\
apiVersion: k8s.ovn.org/v1
kind: UserDefinedNetwork
metadata: {name: own, namespace: green}
spec: {topology: Layer2, layer2: {role: Primary, subnets: [10.5.0.0/16]}}
""",
    """\
apiVersion: k8s.ovn.org/v1
kind: ClusterUserDefinedNetwork
metadata: {name: joined}
spec:
  namespaceSelector: {matchLabels: {tier: blue}, matchExpressions: [{key: tier, operator: Exists}]}
  network: {topology: Layer3, layer3: {role: Primary, subnets: [{cidr: 10.6.0.0/16, hostSubnet: 24}]}}
""",
    """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: lan, namespace: shop}
spec: {config: '{"cniVersion": "0.3.1", "type": "macvlan"}'}
""",
    """\
apiVersion: v1
kind: Node
metadata: {name: node, labels: {role: worker}}
status: {addresses: [{type: InternalIP, address: 10.3.0.1}, {type: Hostname, address: node}]}
""",
    """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {DATABASE: "db.shop:5432"}
binaryData: {blob: AAEC}
""",
]

EVERY_KIND: list[Json] = [yaml.safe_load(document) for document in _DOCUMENTS]
"""As JSON values; the order is that of the kinds in `_DOCUMENTS`."""
_LIKE_DEPLOYMENTS = {"ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "DeploymentConfig"}
UNLIKE = [one for one in EVERY_KIND if one["kind"] not in _LIKE_DEPLOYMENTS]
"""Those of which no two are read alike."""
