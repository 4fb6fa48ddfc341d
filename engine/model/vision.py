"""The film tower: one grey film to a small grid of feature vectors f."""

import itertools

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling

from engine.model.config import RadCnnConfig
from triage.errors import UnreadableFilm

SMALLEST_SIDE = 64
_CLIPPED_PCT = (0.5, 99.5)


def stretch(pixels: np.ndarray) -> np.ndarray:
    """Bring every exposure to the same grey levels, so that a dark print is not read as another disease.

    Args:
        pixels: [H, W] in [0, 1], 0 = air.

    Returns: [H, W] float32 in [0, 1]; the darkest and brightest half per cent are clipped.
    Raises: UnreadableFilm: smaller than 64 pixels, or all of one grey.
    """
    if pixels.ndim != 2 or min(pixels.shape) < SMALLEST_SIDE:
        raise UnreadableFilm(f"This film is smaller than {SMALLEST_SIDE} pixels; send the original image.")
    low, high = np.percentile(pixels, _CLIPPED_PCT)
    if high - low < 0.02:
        raise UnreadableFilm("This film shows one single grey; send the original image.")
    return np.clip((pixels.astype(np.float32) - low) / (high - low), 0.0, 1.0)


def to_square(pixels: np.ndarray, side: int) -> np.ndarray:
    """Shrink a film to the square the tower sees; [H, W] in [0, 1] -> [side, side] float32."""
    image = Image.fromarray(stretch(pixels).astype(np.float32))
    return np.array(image.resize((side, side), Image.Resampling.BILINEAR), dtype=np.float32)


def to_input(square: Tensor) -> Tensor:
    """Grey squares as the ImageNet network expects them; [B, H, W] in [0, 1] -> [B, 3, H, W] in about [-1, 1].

    Source: EfficientNet-lite preprocessing, (v - 127) / 128 on 0 to 255.
    """
    return ((square * 255.0 - 127.0) / 128.0)[:, None].expand(-1, 3, -1, -1).contiguous()


class LiteBody(nn.Module):
    """EfficientNet-lite0 without its classifier; [B, 3, 224, 224] -> [B, 1280, 7, 7]."""

    def __init__(self) -> None:
        super().__init__()
        self.net = EfficientNet.from_name("efficientnet-lite0")
        self.net._fc = nn.Identity()  # noqa: SLF001 - the package offers no other way to drop the classifier

    def forward(self, pixel_values: Tensor) -> Tensor:
        return self.net.extract_features(pixel_values)

    def first(self, blocks: int) -> tuple[nn.Module, ...]:
        """The stem and the first blocks, which see edges and not anatomy."""
        return (self.net._conv_stem, self.net._bn0, *self.net._blocks[:blocks])  # noqa: SLF001 - the package's own names


class SmallBody(nn.Sequential):
    """Three strided convolutions, for tests that need a tower and no pictures; [B, 3, H, W] -> [B, Dv, H/8, W/8]."""

    def __init__(self, width: int) -> None:
        sizes = (3, 8, 16, width)
        layers: list[nn.Module] = []
        for narrow, wide in itertools.pairwise(sizes):
            layers += [nn.Conv2d(narrow, wide, 3, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
        super().__init__(*layers)

    def first(self, blocks: int) -> tuple[nn.Module, ...]:
        return tuple(self.children())[: 3 * blocks]


class RadCnn(PreTrainedModel):
    """Film to grid * grid feature vectors; the last feature map before pooling is kept for the heatmap."""

    config_class = RadCnnConfig
    main_input_name = "pixel_values"

    def __init__(self, config: RadCnnConfig) -> None:
        super().__init__(config)
        self.body = LiteBody() if config.body == "lite0" else SmallBody(config.hidden_size)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Leave the layers as their own constructors made them."""

    def feature_map(self, pixel_values: Tensor) -> Tensor:
        """Say what is seen where; [B, 3, H, W] -> [B, Dv, h, w]."""
        return self.body(pixel_values.to(next(self.body.parameters()).dtype))

    def pool(self, feature_map: Tensor) -> Tensor:
        """Gather a map into the grid of vectors f; [B, Dv, h, w] -> [B, N, Dv], row by row, N = grid ** 2."""
        return functional.adaptive_avg_pool2d(feature_map, self.config.grid).flatten(2).transpose(1, 2)

    def forward(self, pixel_values: Tensor, **_: object) -> BaseModelOutputWithPooling:
        f = self.pool(self.feature_map(pixel_values))
        return BaseModelOutputWithPooling(last_hidden_state=f, pooler_output=f.mean(1), hidden_states=(f,))


AutoModel.register(RadCnnConfig, RadCnn)


def film_input(pixels: np.ndarray, side: int) -> Tensor:
    """Make one film ready for the tower; [H, W] in [0, 1], 0 = air -> [1, 3, side, side]."""
    return to_input(torch.from_numpy(to_square(pixels, side))[None])
