"""The rules N1 to N17 of flows.md: who is the client, whom a flow is about, what it means; `order` applies them all."""
