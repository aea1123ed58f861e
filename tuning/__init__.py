"""Training a language model on conversations (SFT) and on pairs of them (DPO), and a small model for laptops."""
