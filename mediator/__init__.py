"""The mediator: when to ask the planner, what to ask, and how its answers are read."""
