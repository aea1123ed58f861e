"""Planners turn a text description into a text plan. Knows no environment, and no torch but where a model runs in this process."""
