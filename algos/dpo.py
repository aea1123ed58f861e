"""Direct preference optimization (arXiv 2305.18290), of whole trajectories (arXiv 2403.02502, section 3.2)."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class LogProbs:
    """Log-probabilities of the chosen and the rejected side of B pairs, in nats.

    Attributes:
        chosen: ``(B,)`` sums over the answer tokens of each chosen side.
        rejected: ``(B,)`` those of each rejected side.
    """

    chosen: Tensor
    rejected: Tensor


def dpo_margins(policy: LogProbs, reference: LogProbs, beta: float) -> Tensor:
    """Difference of the implicit rewards of both sides ``(B,)`` (arXiv 2305.18290, section 4).

    Args:
        policy: under the weights that are trained.
        reference: under the weights at the start.
        beta: scale of a reward.
    """
    chosen = policy.chosen - reference.chosen
    rejected = policy.rejected - reference.rejected
    return beta * (chosen - rejected)


def dpo_losses(margins: Tensor) -> Tensor:
    """Loss of each pair ``(B,)``: -log sigmoid of its margin (arXiv 2305.18290, equation 7)."""
    return -functional.logsigmoid(margins)
