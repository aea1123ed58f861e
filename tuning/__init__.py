"""Training a language model: data, masks, supervised fine-tuning, contrastive pairs, a small model for laptops."""
