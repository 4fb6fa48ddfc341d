"""Does a loaded model still answer what it answered when it was made? Quantised medical models are known to turn to gibberish.

One simulated film and one sentence are asked at every load. What the eyes answer and how likely the known words are must
be what was written down beside the weights; otherwise nobody reads with this model.

    python -m engine.selftest CACHE     writes the answers of the committed weights anew
"""

import itertools
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from engine.composer import compose
from engine.errors import WeightsMismatch
from engine.facts import Fact, Facts
from engine.model.config import HEAD
from engine.model.convert import sha256_of
from engine.model.delta import SHIPPED as DELTA
from engine.model.known_answers import known_film
from engine.model.load import load_vlm, prepare
from engine.model.vision import film_input
from engine.model.vlm import RadVlm
from engine.prompt import facts_prompt
from triage.finding import Certainty, Laterality
from triage.reading import Style

SHIPPED = DELTA.with_name("selftest.json")
FURTHEST_LOGIT = 0.1
"""The eyes stay in 32 bits at every precision, so their answer moves by rounding only: 0.1 is at most 0.025 in p."""
UNLIKELIER_BY = 0.7
"""Nats a token: 4 bits cost the known words about a tenth of it, a damaged model ten times as much."""
STUCK = 5
WORDS = 24  # tokens of the known answer
_REFUSED = "The model fails its self-test ({}); delete the model cache, start again, and do not read with it."
_FACTS = Facts(
    present=(Fact("effusion", Certainty.VERY_LIKELY, Laterality.LEFT),),
    unlikely=("cardiomegaly",),
    abnormal=Certainty.VERY_LIKELY,
)


@dataclass(frozen=True)
class Known:
    """What a model answered when it was made.

    Attributes:
        film: what was shown; never a patient's.
        logits: the fifteen answers of the head, in the order of `HEAD`.
        prompt: what it was asked to write.
        tokens: the first words of a right answer to it.
        likelihood: mean log-probability of those tokens, in nats.
        delta_sha256: of the trained weights it belongs to.
    """

    film: str
    logits: list[float]
    prompt: str
    tokens: list[int]
    likelihood: float
    delta_sha256: str = ""


@torch.inference_mode()
def record(model: RadVlm, tokenizer: PreTrainedTokenizerBase, delta_sha256: str = "") -> Known:
    """Ask a model that is known to be whole, and write its answers down."""
    z, logits = _seen(model)
    prompt = facts_prompt(_FACTS, Style.COMPREHENSIVE, model.config.image_seq_length)
    tokens = tokenizer(compose(_FACTS, Style.COMPREHENSIVE), add_special_tokens=False)["input_ids"][:WORDS]
    likelihood = round(float(_scores(model, tokenizer, prompt, tokens, z)[0].mean()), 4)
    rounded = [round(value, 5) for value in logits]
    return Known("simulated: drawn by engine.selftest", rounded, prompt, tokens, likelihood, delta_sha256)


@torch.inference_mode()
def check(model: RadVlm, tokenizer: PreTrainedTokenizerBase, known: Known) -> None:
    """Ask a loaded model the same again.

    Raises: WeightsMismatch: it answers otherwise; the sentence says in what.
    """
    z, logits = _seen(model)
    if not np.isfinite(logits).all():
        raise WeightsMismatch(_REFUSED.format("its answer to a known film is no number"))
    if np.abs(np.array(logits) - known.logits).max() > FURTHEST_LOGIT:
        furthest = HEAD[int(np.abs(np.array(logits) - known.logits).argmax())]
        raise WeightsMismatch(_REFUSED.format(f"another answer to a known film: {furthest}"))
    likely, favourites = _scores(model, tokenizer, known.prompt, known.tokens, z)
    if not bool(torch.isfinite(likely).all()):
        raise WeightsMismatch(_REFUSED.format("its words are no numbers"))
    if float(likely.mean()) < known.likelihood - UNLIKELIER_BY:
        raise WeightsMismatch(_REFUSED.format("it would no longer write a known sentence"))
    if longest_run(favourites) >= STUCK > longest_run(known.tokens):
        raise WeightsMismatch(_REFUSED.format("it says one word over and over"))


def longest_run(tokens: list[int]) -> int:
    """Count how often the most repeated token follows itself."""
    longest = run = 1
    for before, after in itertools.pairwise(tokens):
        run = run + 1 if before == after else 1
        longest = max(longest, run)
    return longest


def _seen(model: RadVlm) -> tuple[Tensor, list[float]]:
    film = film_input(known_film(), model.config.vision_config.image_size).to(model.device)
    nothing_measured = torch.full((1, model.config.n_clinical), float("nan"), device=model.device)
    _, z, answered = model.look(film, nothing_measured)
    return z, answered[0].tolist()


def _scores(
    model: RadVlm, tokenizer: PreTrainedTokenizerBase, prompt: str, tokens: list[int], z: Tensor
) -> tuple[Tensor, list[int]]:
    """Read the known answer in one go; -> log-probability of each token [n], and what it would have said instead."""
    asked = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    ids = torch.tensor([[*asked, *tokens]], device=model.device)
    states = model.model.language_model(inputs_embeds=model.embed(ids, z)).last_hidden_state
    logits = model.lm_head(states[0, len(asked) - 1 : -1]).float()
    chosen = torch.tensor(tokens, device=model.device)[:, None]
    return logits.log_softmax(-1).gather(1, chosen)[:, 0], logits.argmax(-1).tolist()


# ── beside the weights ────────────────────────────────────────────────────────────────────────────────


def save(known: Known, path: Path = SHIPPED) -> None:
    """Write the answers beside the weights they belong to."""
    path.write_text(json.dumps(asdict(known), indent=1) + "\n", encoding="utf-8")


def load(path: Path = SHIPPED, delta: Path | None = DELTA) -> Known:
    """Read what a model should answer.

    Args:
        delta: the trained weights it must belong to; None for a folder that brings its own.

    Raises: WeightsMismatch: there is nothing to read, or it belongs to other weights.
    """
    if not path.is_file():
        raise WeightsMismatch(f"There is no {path.name} beside the weights; put back the one they came with.")
    known = Known(**json.loads(path.read_text(encoding="utf-8")))
    if delta is not None and known.delta_sha256 != sha256_of(delta):
        raise WeightsMismatch("The self-test belongs to other weights; run `git checkout engine/weights`.")
    return known


def main() -> None:
    """Write the answers of the committed weights anew, at 16 bits."""
    folder = prepare(Path(sys.argv[1]), lambda step, _: sys.stderr.write(f"{step}\n"), "bf16")
    model = load_vlm(folder, "bf16").model
    save(record(model, AutoTokenizer.from_pretrained(folder, local_files_only=True), sha256_of(DELTA)))


if __name__ == "__main__":
    main()
