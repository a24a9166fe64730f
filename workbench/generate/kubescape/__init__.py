"""What Kubescape says that workloads need, and the policies that it makes of it (kubescape-generator)."""
