"""Text worlds: observations and actions are text, see docs/WORLDS.md."""
