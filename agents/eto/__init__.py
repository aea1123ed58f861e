"""ETO (arXiv 2403.02502): a language model learns from its own failed episodes beside those of an expert."""
