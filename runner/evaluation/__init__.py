"""How a policy is evaluated in rooms and in text worlds, and where its episodes are kept."""
