"""Which custom resources are known to make pods that cannot be read from them."""

from __future__ import annotations

from typing import Final

__all__ = ["MAKERS_OF_PODS"]

_BY_GROUP: Final = {
    "acid.zalan.do": "postgresql",
    "agent.k8s.elastic.co": "Agent",
    "apm.k8s.elastic.co": "ApmServer",
    "argoproj.io": "ArgoCD CronWorkflow Workflow",
    "beat.k8s.elastic.co": "Beat",
    "build.openshift.io": "Build",
    "camel.apache.org": "Integration",
    "cassandra.datastax.com": "CassandraDatacenter",
    "ceph.rook.io": "CephCluster CephFilesystem CephObjectStore",
    "clickhouse.altinity.com": "ClickHouseInstallation",
    "databases.spotahome.com": "RedisFailover",
    "dragonflydb.io": "Dragonfly",
    "elasticsearch.k8s.elastic.co": "Elasticsearch",
    "flink.apache.org": "FlinkDeployment",
    "grafana.integreatly.org": "Grafana",
    "install.istio.io": "IstioOperator",
    "jaegertracing.io": "Jaeger",
    "k8s.keycloak.org": "Keycloak",
    "k8s.mariadb.com": "MariaDB",
    "k8ssandra.io": "K8ssandraCluster",
    "kafka.strimzi.io": "Kafka KafkaBridge KafkaConnect KafkaMirrorMaker KafkaMirrorMaker2 KafkaNodePool",
    "kibana.k8s.elastic.co": "Kibana",
    "kubevirt.io": "VirtualMachineInstanceReplicaSet",
    "logstash.k8s.elastic.co": "Logstash",
    "loki.grafana.com": "LokiStack",
    "machinelearning.seldon.io": "SeldonDeployment",
    "minio.min.io": "Tenant",
    "mongodb.com": "MongoDB",
    "mongodbcommunity.mongodb.com": "MongoDBCommunity",
    "monitoring.coreos.com": "PrometheusAgent",
    "mysql.oracle.com": "InnoDBCluster",
    "opensearch.opster.io": "OpenSearchCluster",
    "opentelemetry.io": "OpenTelemetryCollector",
    "operator.openshift.io": "IngressController",
    "operator.victoriametrics.com": "VMAgent VMAlert VMAlertmanager VMAuth VMCluster VMSingle",
    "pgv2.percona.com": "PerconaPGCluster",
    "postgres-operator.crunchydata.com": "PostgresCluster",
    "postgresql.cnpg.io": "Cluster Pooler",
    "ps.percona.com": "PerconaServerMySQL",
    "psmdb.percona.com": "PerconaServerMongoDB",
    "pxc.percona.com": "PerconaXtraDBCluster",
    "rabbitmq.com": "RabbitmqCluster",
    "ray.io": "RayCluster RayJob RayService",
    "redis.redis.opstreelabs.in": "Redis RedisCluster RedisReplication RedisSentinel",
    "sailoperator.io": "Istio",
    "scylla.scylladb.com": "ScyllaCluster",
    "serving.kserve.io": "InferenceService",
    "solr.apache.org": "SolrCloud",
    "sparkoperator.k8s.io": "ScheduledSparkApplication SparkApplication",
    "tekton.dev": "PipelineRun TaskRun",
    "tempo.grafana.com": "TempoMonolithic TempoStack",
    "triggers.tekton.dev": "EventListener",
}

MAKERS_OF_PODS: Final = frozenset((group, kind) for group, kinds in _BY_GROUP.items() for kind in kinds.split())
"""API group and kind of each."""
