"""Planners turn a text description into a text plan. Knows no torch and no environment."""
