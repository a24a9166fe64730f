"""What is allowed: compile a cluster's policies once, answer many questions."""
