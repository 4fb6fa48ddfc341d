"""One training run: settings in; a delta, its calibration, its card and its record out."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from engine.errors import BadTable, NotShippable
from engine.evaluation.wording import Asked, measure
from engine.manifest import Film, read_manifest, truths
from engine.model.clinical import clinical_vector
from engine.model.config import HEAD, RadVlmConfig
from engine.model.convert import build_reader, language_model, reader_config, sha256_of
from engine.model.delta import EYES, Delta, load_delta, place_updates, save_delta, taken_updates
from engine.model.vlm import RadVlm
from engine.prompt import VERSION
from engine.training.calibrate import LabelCalibration, calibrate, save_calibration
from engine.training.card import card
from engine.training.checkpoint import Checkpoint
from engine.training.features import film_features, finding_logits
from engine.training.films import check_shippable, is_frontal_adult, is_held_out, load_squares
from engine.training.language import LanguageSettings, make_teachable, train_language
from engine.training.phantoms import phantoms
from engine.training.sentences import worded
from engine.training.tower import FilmNet, TowerSettings, new_film_net, train_tower
from triage.study import Sex

log = logging.getLogger(__name__)
Progress = Callable[[str, float], None]
UNSEEN_SEED = 90_001
SHIPPED = Path(__file__).parents[1] / "weights"


@dataclass(frozen=True)
class TrainSettings:
    """What one run needs.

    `shippable` True writes weights that may leave the house, and refuses films that may not; False is for a local
    delta. `work` holds checkpoints, so that a stopped run goes on.
    """

    manifest: Path
    out: Path = SHIPPED
    work: Path = Path("runs/train")
    shippable: bool = True
    sources: tuple[str, ...] = ("NIH-ChestX-ray14",)
    simulated: int = 240  # films with known lesions, made from one CT, added to the real ones
    words: Path | None = None  # go on from the words of this earlier delta; with no steps, keep them
    held_out: float = 0.18
    split_seed: int = 7
    threads: int = 2
    worded: int = 30  # unseen facts the finished model puts into words, to be measured
    tower: TowerSettings = field(default_factory=TowerSettings)
    language: LanguageSettings = field(default_factory=LanguageSettings)


@dataclass(frozen=True)
class Cohort:
    """Films of one fold with all the stages need: [n, 256, 256] uint8, [n, Dx], [n, 15]."""

    films: list[Film]
    squares: Tensor
    clinical: Tensor
    truth: np.ndarray

    @property
    def patients(self) -> list[str]:
        return [film.patient for film in self.films]


def run(settings: TrainSettings, progress: Progress) -> dict[str, object]:
    """Train, calibrate, measure and write one delta.

    Returns: the run record, also written beside the delta: settings, hashes, losses, minutes, figures.
    Raises: NotShippable: a film that may not leave the house is in the manifest's selection. BadTable: no films.
    """
    torch.set_num_threads(settings.threads)
    real, held, judged = (cohort(films, progress) for films in folds(settings))
    taught = with_phantoms(real, settings, progress)
    language, tokenizer = language_model(torch.bfloat16)
    net, tower = _teach_tower(settings, reader_config(language), taught, progress)
    progress("features", 0.0)
    seen = [film_features(net, fold.squares) for fold in (taught, held, judged)]
    before = finding_logits(net, seen[1], held.clinical).numpy()
    model = build_reader(language)
    take_eyes(model, net)
    films = (seen[0], taught.clinical, torch.from_numpy(taught.truth))
    losses, minutes = _teach_words(settings, model, tokenizer, films, progress)
    wording = measure(model.eval(), tokenizer, unseen(model, seen[2], judged, settings), progress)
    scores, judged_scores = head_logits(model, seen[1], held), head_logits(model, seen[2], judged)
    table = calibrate(scores, held.truth, held.patients)
    figures = calibrate(judged_scores, judged.truth, judged.patients)  # AUC and n; its curves are not used
    record = {
        "settings": _told(settings),
        "manifest_sha256": sha256_of(settings.manifest),
        "films": {
            "taught": len(real.films),
            "simulated": settings.simulated,
            "held_out": len(held.films),
            "val": len(judged.films),
        },
        "tower_losses": tower.losses,
        "language_losses": losses,
        "held_out_mean_auc": {"before_language": _mean_auc(before, held), "after": _mean_auc(scores, held)},
        "wording": asdict(wording),
        "val": {name: asdict(row) for name, row in figures.items()},
        "minutes": {"tower": tower.minutes, "language": minutes},
    }
    write(settings, model, table, figures, record)
    progress("delta written", 1.0)
    return record


def with_phantoms(real: Cohort, settings: TrainSettings, progress: Progress) -> Cohort:
    """Add simulated films to those that teach; the folds that calibrate and measure stay real."""
    if settings.simulated == 0:
        return real
    squares, truth = phantoms(settings.simulated, settings.split_seed, progress)
    nobody = clinical_vector(None, None, Sex.UNKNOWN).repeat(len(squares), 1)
    return Cohort(
        real.films,
        torch.cat([real.squares, squares]),
        torch.cat([real.clinical, nobody]),
        np.concatenate([real.truth, truth]),
    )


def _teach_words(
    settings: TrainSettings,
    model: RadVlm,
    tokenizer: PreTrainedTokenizerBase,
    films: tuple[Tensor, Tensor, Tensor],
    progress: Progress,
) -> tuple[list[float], float]:
    """Teach the words, from those of an earlier delta where one is named; -> the losses and the minutes."""
    make_teachable(model, settings.language.rank)
    if settings.words is not None:
        place_updates(model, load_delta(settings.words))
    kept = train_language(model, tokenizer, films, settings.language, settings.work, progress)
    return kept.losses, kept.minutes


def _teach_tower(
    settings: TrainSettings, config: RadVlmConfig, taught: Cohort, progress: Progress
) -> tuple[FilmNet, Checkpoint]:
    torch.manual_seed(settings.tower.seed)
    net = new_film_net(config)
    truth = torch.from_numpy(taught.truth)
    kept = train_tower(net, taught.squares, taught.clinical, truth, settings.tower, settings.work, progress)
    return net, kept


def folds(settings: TrainSettings) -> tuple[list[Film], list[Film], list[Film]]:
    """Split the films by patient: taught, held out for calibration, and val, which is only ever measured.

    Raises: NotShippable, BadTable.
    """
    chosen = [
        f for f in read_manifest(settings.manifest) if f.source in settings.sources and is_frontal_adult(f)
    ]
    films = [film for film in chosen if not np.isnan(film.truth()).all()]
    if settings.shippable:
        check_shippable(films)
    elif settings.out.resolve() == SHIPPED.resolve():
        raise NotShippable(
            "Weights from films that may not leave the house need another folder; say which with --out."
        )
    train = [film for film in films if film.split == "train"]
    out = [is_held_out(film.patient, settings.held_out, settings.split_seed) for film in train]
    taught = [film for film, held in zip(train, out, strict=True) if not held]
    held = [film for film, gone in zip(train, out, strict=True) if gone]
    val = [film for film in films if film.split == "val"]
    if not taught or not held or not val:
        raise BadTable("The manifest needs films with split train and val from the chosen sources.")
    return taught, held, val


def cohort(films: list[Film], progress: Progress) -> Cohort:
    """Decode one fold."""
    clinical = torch.stack([clinical_vector(None, film.age, film.sex) for film in films])
    return Cohort(films, load_squares(films, progress), clinical, truths(films))


def take_eyes(model: RadVlm, net: FilmNet) -> None:
    """Move what the first stage taught into the reader."""
    model.model.vision_tower.load_state_dict(net.tower.state_dict())
    model.model.multi_modal_projector.load_state_dict(net.fusion.state_dict())
    model.finding_head.load_state_dict(net.head.state_dict())


@torch.no_grad()
def head_logits(model: RadVlm, features: Tensor, fold: Cohort) -> np.ndarray:
    """Ask the finished head about one fold; [n, 15]."""
    return model.findings(model.model.multi_modal_projector(features, fold.clinical)).numpy()


@torch.no_grad()
def unseen(model: RadVlm, features: Tensor, fold: Cohort, settings: TrainSettings) -> list[Asked]:
    """Draw facts that were never taught, each beside a val film."""
    facts = worded(UNSEEN_SEED, model.config.image_seq_length, from_text=0.0)
    drawn = islice(chain.from_iterable(facts), settings.worded)
    rows = [i % len(features) for i in range(settings.worded)]
    soft = model.model.multi_modal_projector(features[rows], fold.clinical[rows])
    return [Asked(pair.facts, pair.style, pair.prompt, z[None]) for pair, z in zip(drawn, soft, strict=True)]


def _told(settings: TrainSettings) -> dict[str, object]:
    """The settings without this machine's folders."""
    here = {"manifest": settings.manifest.name, "out": settings.out.name, "work": settings.work.name}
    here["words"] = None if settings.words is None else sha256_of(settings.words)
    return {**asdict(settings), **here}


def _mean_auc(logits: np.ndarray, fold: Cohort) -> float:
    rows = calibrate(logits, fold.truth, fold.patients).values()
    return float(np.mean([row.auc for row in rows if row.auc is not None and row.positives >= 5]))


def write(
    settings: TrainSettings,
    model: RadVlm,
    table: dict[str, LabelCalibration],
    figures: dict[str, LabelCalibration],
    record: dict[str, object],
) -> None:
    """Put delta, calibration, card and record side by side."""
    settings.out.mkdir(parents=True, exist_ok=True)
    eyes = {name: value for name, value in model.state_dict().items() if name.startswith(EYES)}
    save_delta(Delta(eyes, taken_updates(model), 1.0, VERSION), settings.out / "delta.safetensors")
    save_calibration(table, settings.out / "calibration.json")
    record["delta_sha256"] = sha256_of(settings.out / "delta.safetensors")
    (settings.out / "run.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (settings.out / "MODEL_CARD.md").write_text(
        card(settings.shippable, table, figures, record), encoding="utf-8"
    )
    log.info("delta written: %d of %d answers assessed", sum(r.assessed for r in table.values()), len(HEAD))
