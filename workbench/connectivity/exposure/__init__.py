"""To whom are workloads open, of those who may come one day, and which policies open them."""
