"""Running code that a language model wrote, never in this process."""
