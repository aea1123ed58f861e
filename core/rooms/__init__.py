"""Nouns of the door rooms: what is seen, described, planned and remembered."""
