"""Advantages, losses and updates. No environments, no text and no HTTP here."""
