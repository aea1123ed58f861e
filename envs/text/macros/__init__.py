"""Learning functions without a language model: macros (sequences of actions that recur) become functions that a player calls."""
