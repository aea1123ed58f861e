"""Reflexion (arXiv 2303.11366): a language model attempts failed tasks again, and reads what it wrote about its failures."""
