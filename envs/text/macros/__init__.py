"""Learning functions without a language model: sequences of actions that recur become functions, and a player uses them."""
