"""What are workloads exposed to beyond the pods that were read, and which policies expose them."""
