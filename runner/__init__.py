"""How rooms and text worlds are played, trained in and evaluated; engines and checkpoints."""
