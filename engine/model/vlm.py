"""The reader: a tower, the clinical fusion, a language model, and a finding head on the same soft tokens."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForImageTextToText, LlavaForConditionalGeneration
from transformers.models.llava.modeling_llava import LlavaCausalLMOutputWithPast

import engine.model.vision  # noqa: F401 - the tower must be known before it is built by name
from engine.model.config import RadVlmConfig
from engine.model.fusion import ClinicalFusion
from engine.model.low_rank import LowRankLinear, lay_beside


class RadVlm(LlavaForConditionalGeneration):
    """A Llava whose projector is one linear fusion of film and patient, with a head that answers findings from z.

    Everything before the language model stays in float32: the probabilities are then the same number at every
    precision, and only the words are quantised.
    """

    config_class = RadVlmConfig
    _keep_in_fp32_modules_strict = ("vision_tower", "multi_modal_projector", "finding_head", "lora_")

    def __init__(self, config: RadVlmConfig) -> None:
        super().__init__(config)
        width = config.text_config.hidden_size
        self.model.multi_modal_projector = ClinicalFusion(
            config.vision_config.hidden_size, config.n_clinical, width
        )
        self.finding_head = nn.Linear(width, config.n_findings)
        if config.rank:
            lay_beside(self.model.language_model, config.rank)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, LowRankLinear):
            module.reset()

    def grow(self, rank: int) -> None:
        """Make room for updates of one rank beside the language model; a reader has room for one set only."""
        if self.config.rank:
            raise ValueError("This reader already carries updates.")
        lay_beside(self.model.language_model, rank)
        self.config.rank = rank

    def fuse(self, pixel_values: Tensor, clinical: Tensor) -> Tensor:
        """Look once at a film; [B, 3, H, W], [B, Dx] -> soft tokens z [B, N, D] in float32."""
        f = self.model.vision_tower(pixel_values).last_hidden_state
        return self.model.multi_modal_projector(f, clinical)

    def findings(self, soft_tokens: Tensor) -> Tensor:
        """Answer what is on the film; z [B, N, D] -> logits [B, 15] in float32, in the order of `HEAD`."""
        head = self.finding_head
        return functional.linear(soft_tokens.float().mean(1), head.weight.float(), head.bias.float())

    def look(self, pixel_values: Tensor, clinical: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See films once, and answer from each film and its mirror image together, which errs less than either.

        Args:
            pixel_values: [B, 3, H, W]; clinical: [B, Dx].

        Returns: the tower's map [B, Dv, h, w] and z [B, N, D] of the films as they are; logits [B, 15].
        """
        tower, n = self.model.vision_tower, len(pixel_values)
        maps = tower.feature_map(torch.cat([pixel_values, pixel_values.flip(-1)]))
        z = self.model.multi_modal_projector(tower.pool(maps), torch.cat([clinical, clinical]))
        upright, mirrored = self.findings(z).split(n)
        return maps[:n], z[:n], (upright + mirrored) / 2

    def embed(self, input_ids: Tensor, soft_tokens: Tensor) -> Tensor:
        """Put the soft tokens where the prompt leaves room for the image; [B, T], [B, N, D] -> [B, T, D].

        Raises: ValueError: the prompt has another number of image places than there are soft tokens.
        """
        words = self.get_input_embeddings()(input_ids)
        slot = input_ids == self.config.image_token_id
        if int(slot.sum()) != soft_tokens.shape[0] * soft_tokens.shape[1]:
            raise ValueError("The prompt has another number of image places than there are soft tokens.")
        return words.masked_scatter(slot[..., None].expand_as(words), soft_tokens.to(words.dtype))

    def forward(
        self,
        input_ids: Tensor | None = None,
        pixel_values: Tensor | None = None,
        clinical: Tensor | None = None,
        soft_tokens: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        finding_labels: Tensor | None = None,
        **rest: object,
    ) -> LlavaCausalLMOutputWithPast:
        # A decoding step carries no image place: what was seen is already in the key-value cache.
        places = input_ids is not None and bool((input_ids == self.config.image_token_id).any())
        logits = None
        if inputs_embeds is None and places:
            if soft_tokens is None:
                soft_tokens = self.fuse(pixel_values, self._or_unknown(clinical, pixel_values))
            logits = self.findings(soft_tokens)
            inputs_embeds, input_ids = self.embed(input_ids, soft_tokens), None
        answer = super().forward(input_ids=input_ids, inputs_embeds=inputs_embeds, labels=labels, **rest)
        if finding_labels is not None and logits is not None:
            self._join(answer, self._finding_loss(logits, finding_labels))
        answer["finding_logits"] = logits
        return answer

    def _or_unknown(self, clinical: Tensor | None, pixel_values: Tensor) -> Tensor:
        if clinical is not None:
            return clinical
        return pixel_values.new_full((len(pixel_values), self.config.n_clinical), float("nan"))

    def _finding_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        known = ~torch.isnan(labels)  # an unknown label teaches nothing
        return functional.binary_cross_entropy_with_logits(logits[known], labels[known].float())

    def _join(self, answer: LlavaCausalLMOutputWithPast, finding_loss: Tensor) -> None:
        alpha, text_loss = self.config.alpha, answer.loss
        answer["finding_loss"], answer["text_loss"] = finding_loss, text_loss
        answer.loss = alpha * finding_loss + (0.0 if text_loss is None else (1 - alpha) * text_loss)


AutoModelForImageTextToText.register(RadVlmConfig, RadVlm)
