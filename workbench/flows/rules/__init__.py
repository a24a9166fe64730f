"""The flow rules N1-N17: who is the client, whom a flow is about, what it means; `order` applies them all."""
