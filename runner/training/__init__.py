"""How a policy is trained in rooms: the loop of collecting and updating, checkpoints, resuming."""
