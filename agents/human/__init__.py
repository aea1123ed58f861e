"""A person plays in the terminal: the same rooms, planner and episodes as for a policy."""
