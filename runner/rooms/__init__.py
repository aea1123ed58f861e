"""How rooms are played: two engines, the loop over decisions, and what it records."""
