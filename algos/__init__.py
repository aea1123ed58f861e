"""Gradient mathematics. Knows no environment, no text and no HTTP."""
