"""The clinical fusion z = W_f f + W_x x + b: what is seen and what is measured become the same tokens."""

import torch
from torch import Tensor, nn


class ClinicalFusion(nn.Module):
    """One linear layer for the film, one for the patient, one sum.

    A value that was not measured (NaN) enters as 0 with its mask bit set, so that "not measured" is never "normal".
    """

    def __init__(self, vision_width: int, n_clinical: int, width: int) -> None:
        super().__init__()
        self.film = nn.Linear(vision_width, width)  # W_f and b
        self.clinical = nn.Linear(2 * n_clinical, width, bias=False)  # W_x on [values, missing]

    def forward(self, f: Tensor, x: Tensor) -> Tensor:
        """Fuse; f [B, N, Dv], x [B, Dx] with NaN where not measured -> z [B, N, D]."""
        missing = torch.isnan(x)
        known = torch.cat([x.masked_fill(missing, 0.0), missing.to(x.dtype)], dim=-1)
        return (
            self.film(f.to(self.film.weight.dtype))
            + self.clinical(known.to(self.clinical.weight.dtype))[:, None]
        )

    @torch.no_grad()
    def settle(self, never: Tensor) -> None:
        """Move into the bias what was taught by values that no film carried.

        Their mask bits were set on every film, so together they became a bias; the first measurement would take it
        away and change every answer about the film.

        Args:
            never: which values no film carried, [Dx] bool.
        """
        bits = self.clinical.weight[:, len(never) :]
        self.film.bias += bits[:, never].sum(1)
        bits[:, never] = 0.0
