"""Questions that are answered by searching and reading paragraphs, as in HotpotQA (arXiv 1809.09600)."""
