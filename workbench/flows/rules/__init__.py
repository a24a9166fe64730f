"""The flow rules N1-N17: who is the client, which ends it has, what it means; `order` applies them all."""
