"""ALFWorld's text games: the rules of the original in plain Python, and all published games."""
