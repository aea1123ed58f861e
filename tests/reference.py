"""What the reference's public code holds (FACTS section 2)."""

PUBLISHED = ("SimpleDoorKey", "KeyInBox", "RandomBoxKey", "ColoredDoorKey")
"""The tasks whose code, and so whose golden data, there is."""
