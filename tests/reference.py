"""Facts about the authors' published code."""

PUBLISHED = ("SimpleDoorKey", "KeyInBox", "RandomBoxKey", "ColoredDoorKey")
"""The tasks whose code, and so whose golden data, there is."""
