"""Every size of the network, and the frozen order of what it is told and asked.

Letters for shapes: B batch, N soft tokens, T text tokens, D width (Dv of the tower, Dx of the clinical vector),
V vocabulary, H x W pixels.
"""

from transformers import AutoConfig, LlavaConfig, PretrainedConfig

from triage.finding import LABELS

ABNORMAL = "abnormal"
HEAD = (*LABELS, ABNORMAL)
"""What the finding head answers, in order: the fourteen findings, then whether the film is abnormal at all."""

CLINICAL: dict[str, tuple[float, float]] = {  # slot -> (centre, scale), in the unit of triage.vitals
    "age_years": (55.0, 20.0),
    "male": (0.5, 0.5),
    "temperature_c": (37.0, 1.0),
    "spo2_pct": (96.0, 4.0),
    "on_oxygen": (0.5, 0.5),
    "heart_rate_bpm": (80.0, 20.0),
    "resp_rate_bpm": (16.0, 5.0),
    "systolic_mmhg": (125.0, 25.0),
    "diastolic_mmhg": (75.0, 15.0),
    "not_alert": (0.5, 0.5),
    "glucose_mmol_l": (6.5, 3.0),
    "white_cells_g_l": (8.0, 4.0),
    "crp_mg_l": (30.0, 50.0),
    "ddimer_mg_l": (1.0, 2.0),
    "lactate_mmol_l": (1.5, 1.5),
    "days_since_onset": (5.0, 5.0),
}
"""The clinical vector x: order and constants are part of the weights and never change without a new delta.

Centre and scale are wide enough that no value of the published ranges in `triage.vitals.PARAMETERS`, whose sources stand
there, is cut off, and that most of what the ill have is told apart.
"""


class RadCnnConfig(PretrainedConfig):
    """The film tower: which network, the side of its input and the side of its grid of soft tokens."""

    model_type = "rad_cnn"

    def __init__(
        self,
        body: str = "lite0",
        hidden_size: int = 1280,
        image_size: int = 224,
        grid: int = 4,
        **rest: object,
    ) -> None:
        super().__init__(**rest)
        self.body, self.hidden_size, self.image_size, self.grid = body, hidden_size, image_size, grid


class RadVlmConfig(LlavaConfig):
    """The whole reader: tower, fusion, language model, finding head.

    `alpha` weighs the finding loss against the text loss: L = alpha * BCE + (1 - alpha) * CE.
    `rank` is that of the updates beside the language model; 0 for none.
    """

    model_type = "rad_vlm"

    def __init__(
        self,
        n_clinical: int = len(CLINICAL),
        n_findings: int = len(HEAD),
        alpha: float = 0.3,
        rank: int = 0,
        **rest: object,
    ) -> None:
        super().__init__(**rest)
        self.n_clinical, self.n_findings, self.alpha, self.rank = n_clinical, n_findings, alpha, rank


AutoConfig.register("rad_cnn", RadCnnConfig)
AutoConfig.register("rad_vlm", RadVlmConfig)
