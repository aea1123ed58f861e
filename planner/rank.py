"""Which of some texts a language model takes for the likeliest."""

from collections.abc import Sequence

import numpy as np


def likeliest(choices: Sequence[str], logprobs: Sequence[Sequence[float]]) -> str:
    """The choice whose tokens are the most probable on average; the first of equals.

    By the probability of a whole text the shortest would nearly always win (docs/PLANNERS.md).

    Args:
        choices: texts.
        logprobs: for each the log-probabilities of its tokens, the end of the turn included.
    """
    return choices[int(np.argmax([np.mean(tokens) for tokens in logprobs]))]
