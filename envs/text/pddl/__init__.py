"""Robotic planning as text worlds: gripper, blockworld, barman and tyreworld."""
