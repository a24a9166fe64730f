"""What was written: Kubernetes-faithful YAML and JSON, files and folders, and what was wrong with them."""
