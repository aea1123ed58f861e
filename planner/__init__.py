"""Language models: text in, text out. No environment, and torch only for a model in this process."""
