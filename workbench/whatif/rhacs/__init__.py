"""What Red Hat ACS says of policies and of a change of them, in its own JSON: its simulator as a view of ours."""
