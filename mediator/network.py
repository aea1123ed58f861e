"""The actor-critic network (arXiv 2306.03604, section 4; docs/METHOD.md, implementation details 4 and 5)."""

import torch
from torch import Tensor, nn

from core.rooms.plan import OPTIONS


class MediatorNet(nn.Module):
    """A small network with a policy and a critic; convolutional if its input has positions.

    With one head per option (the paper's 2 x K), the current option selects logits and value; with a
    single head all options share them.

    Args:
        image_shape: (width, height, planes) of the features.
        num_actions: A, 2 for asking.
        heads: ``single`` or ``option``.
        num_global: number of planes, the last ones, that are equal on every cell: the linear layers get
            them directly, concatenated to the output of the convolutions. If all planes are global,
            there are no convolutions.
        generator: draws the initial weights.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_actions: int,
        heads: str,
        num_global: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.num_heads = len(OPTIONS) if heads == "option" else 1
        self.num_global = num_global
        width, height, planes = image_shape
        self.body = None
        embedding = num_global
        if num_global < planes:
            self.body = nn.Sequential(
                nn.Conv2d(planes, 16, 2),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Conv2d(16, 32, 2),
                nn.ReLU(),
                nn.Conv2d(32, 64, 2),
                nn.ReLU(),
                nn.Flatten(),
            )
            with torch.no_grad():
                embedding += self.body(torch.zeros(1, planes, width, height)).shape[1]
        self.actor = nn.Sequential(
            nn.Linear(embedding, 64), nn.Tanh(), nn.Linear(64, self.num_heads * num_actions)
        )
        self.critic = nn.Sequential(
            nn.Linear(embedding, 64), nn.Tanh(), nn.Linear(64, self.num_heads)
        )
        self._init_weights(generator)

    def _init_weights(self, generator: torch.Generator) -> None:
        """Rows of norm 1, as in torch-ac, from which the authors' network is derived; biases 0.

        The policy's last layer is 0: the untrained mediator asks with probability 1/2 everywhere.
        """
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=generator)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, generator=generator)
                with torch.no_grad():
                    layer.weight /= layer.weight.norm(dim=1, keepdim=True)
                nn.init.zeros_(layer.bias)
        last = self.actor[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)

    def forward(self, features: Tensor, options: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and values.

        Args:
            features: ``(B, width, height, C)``, any number type, channels last.
            options: ``(B,)`` int64.

        Returns:
            ``(B, A)`` logits and ``(B,)`` values.
        """
        num_planes = features.shape[-1]
        x = features[:, 0, 0, num_planes - self.num_global :].float()  # (B, num_global)
        if self.body is not None:
            x = torch.cat((self.body(features.permute(0, 3, 1, 2).float()), x), dim=1)
        logits = self.actor(x).view(len(x), self.num_heads, -1)  # (B, heads, A)
        values = self.critic(x)  # (B, heads)
        if self.num_heads == 1:
            return logits[:, 0], values[:, 0]
        rows = torch.arange(len(x), device=x.device)
        return logits[rows, options], values[rows, options]
