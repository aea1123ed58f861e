"""Methods: what learns or plays, and the loops they share."""
