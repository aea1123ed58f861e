"""The learner: a language model that writes functions, and how its answers are read, checked and tried out."""
