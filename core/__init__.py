"""Nouns that every package speaks. Knows no torch, no environment and no HTTP."""
