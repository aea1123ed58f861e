"""The hyper-parameters of a stage: all that decides its result besides its model and its data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """The hyper-parameters of one stage, supervised (SFT) or contrastive (DPO).

    Attributes:
        learning_rate: the largest of the schedule.
        epochs: number of passes over the data.
        batch_size: sequences in a gradient step; in a contrastive stage, pairs.
        num_steps: number of gradient steps, in as many passes as they take; 0: those of the epochs.
        schedule: ``cosine`` falls to 0, ``constant`` stays; both after the warm-up.
        warmup: fraction of the steps in which the learning rate rises from 0.
        beta: of the contrastive loss (arXiv 2305.18290, equation 7).
        sft_weight: weight of the chosen side's log-likelihood beside the contrastive loss; 0 as published.
        lora_rank: of the low-rank update of all linear layers (arXiv 2106.09685); 0: all weights are trained.
        dtype: ``float32``; or ``bfloat16``, in which the forward pass computes while weights and optimizer stay in
            float32.
        device: where it computes.
        micro_tokens: most tokens, padding included, that are in memory at once; a batch is computed in such parts.
        num_processes: that train together; each holds all weights and computes a part of every batch.
        seed: of the order of the data.
    """

    learning_rate: float
    epochs: int = 3
    batch_size: int = 64
    num_steps: int = 0
    schedule: str = "cosine"
    warmup: float = 0.03
    beta: float = 0.1
    sft_weight: float = 0.0
    lora_rank: int = 0
    dtype: str = "float32"
    device: str = "cpu"
    micro_tokens: int = 16384
    num_processes: int = 1
    seed: int = 0
