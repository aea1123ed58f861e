"""The fast engine: the rules of `envs` and `skills` as compiled code over many rooms at once."""
