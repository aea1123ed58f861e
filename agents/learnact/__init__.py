"""LearnAct (arXiv 2402.15809): a language model writes functions over a world's actions and improves them."""
