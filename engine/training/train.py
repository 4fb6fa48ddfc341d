"""One training run: settings in; a delta, its calibration, its card and its record out."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from engine import selftest
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
from engine.training.cross_fit import carried_over, cross_fitted_logits, joined, opinions_of, taught_net
from engine.training.features import film_features, finding_logits, judged_features
from engine.training.films import check_shippable, fold_of, is_frontal_adult, is_held_out, load_squares
from engine.training.language import LanguageSettings, curves, make_teachable, train_language
from engine.training.phantoms import phantoms
from engine.training.sentences import worded
from engine.training.tower import FilmNet, TowerSettings
from triage.reading import Style
from triage.study import Sex

log = logging.getLogger(__name__)
Progress = Callable[[str, float], None]
UNSEEN_SEED = 90_001
SHIPPED = Path(__file__).parents[1] / "weights"


@dataclass(frozen=True)
class TrainSettings:
    """What one run needs.

    `shippable` True writes weights that may leave the house from the films of `sources`, and refuses films that may
    not; False is for a local delta, which every film of a house's own table teaches, its radiologists' reads before
    any label. `work` holds checkpoints, so that a stopped run goes on.
    """

    manifest: Path
    out: Path = SHIPPED
    work: Path = Path("runs/train")
    shippable: bool = True
    sources: tuple[str, ...] = ("NIH-ChestX-ray14",)
    simulated: int = 150  # films with known lesions, made from one CT, added to the real ones
    words: Path | None = None  # go on from the words of this earlier delta; with no steps, keep them
    folds: int = 3  # how often the tower is taught without a share of the patients, to calibrate it on them
    held_out: float = 0.1  # of the patients, to be measured on, where a house's table does not say which
    split_seed: int = 7
    threads: int = 2
    worded: int = 60  # unseen facts the finished model puts into words, to be measured
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

    @property
    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.squares, self.clinical, torch.from_numpy(self.truth)


def run(settings: TrainSettings, progress: Progress) -> dict[str, object]:
    """Train, calibrate, measure and write one delta.

    Returns: the run record, also written beside the delta: settings, hashes, losses, minutes, figures.
    Raises: NotShippable: a film that may not leave the house is in the manifest's selection. BadTable: no films.
    """
    torch.set_num_threads(settings.threads)
    real, judged = (cohort(films, progress, reads=not settings.shippable) for films in folds(settings))
    simulated = phantom_films(settings, progress)
    language, tokenizer = language_model(torch.bfloat16)
    scores, net, tower, tower_minutes = teach_tower(
        settings, reader_config(language), real, simulated, progress
    )
    progress("features", 0.0)
    taught = joined(real.tensors, simulated)
    features = film_features(net, taught[0])
    model = build_reader(language)
    take_eyes(model, net)
    losses, minutes = _teach_words(settings, model, tokenizer, (features, *taught[1:]), progress)
    # The bits were taught a little again, and calibration and figures speak of films without measured values.
    model.model.multi_modal_projector.settle(torch.isnan(taught[1]).all(0))
    seen = film_features(net, judged.squares)
    wording = measure(model.eval(), tokenizer, unseen(model, seen, judged, settings), progress)
    table = calibrate(_as_shipped(scores, net, model, real), real.truth, real.patients)
    judged_scores = head_logits(model, judged_features(net, judged.squares), judged)
    figures = calibrate(judged_scores, judged.truth, judged.patients)  # AUC and n; its curves are not used
    record = {
        "settings": _told(settings),
        "manifest_sha256": sha256_of(settings.manifest),
        "films": {"taught": len(real.films), "simulated": settings.simulated, "val": len(judged.films)},
        "tower_losses": tower.losses,
        "language_losses": curves(losses),
        "cross_fitted_mean_auc": _mean_auc(table),
        "wording": asdict(wording),
        "val": {name: asdict(row) for name, row in figures.items()},
        "minutes": {"tower": round(tower_minutes, 2), "language": minutes},
    }
    write(settings, model, table, figures, record)
    known = selftest.record(model, tokenizer, str(record["delta_sha256"]))
    selftest.save(known, settings.out / selftest.SHIPPED.name)
    progress("delta written", 1.0)
    return record


def phantom_films(settings: TrainSettings, progress: Progress) -> tuple[Tensor, Tensor, Tensor]:
    """Simulate the films that teach beside the real ones; nothing is calibrated or measured on them."""
    squares, truth = phantoms(settings.simulated, settings.split_seed, progress)
    nobody = clinical_vector(None, None, Sex.UNKNOWN).repeat(len(squares), 1)
    return squares, nobody, torch.from_numpy(truth)


def _teach_words(
    settings: TrainSettings,
    model: RadVlm,
    tokenizer: PreTrainedTokenizerBase,
    films: tuple[Tensor, Tensor, Tensor],
    progress: Progress,
) -> tuple[list[dict[str, float | None]], float]:
    """Teach the words, from those of an earlier delta where one is named; -> the losses and the minutes."""
    make_teachable(model, settings.language.rank)
    if settings.words is not None:
        place_updates(model, load_delta(settings.words))
    work = work_of(settings) / (sha256_of(settings.words)[:8] if settings.words else "new-words")
    kept = train_language(model, tokenizer, films, settings.language, work, progress)
    return kept.losses, kept.minutes


def teach_tower(
    settings: TrainSettings,
    config: RadVlmConfig,
    real: Cohort,
    simulated: tuple[Tensor, Tensor, Tensor],
    progress: Progress,
) -> tuple[np.ndarray, FilmNet, Checkpoint, float]:
    """Cross-fit, then teach the tower that ships on every film.

    Returns: cross-fitted logits [n, 15], the net, its record, and the minutes that all towers took together.
    """
    fold = [fold_of(patient, settings.folds, settings.split_seed) for patient in real.patients]
    work = work_of(settings)
    scores, minutes = cross_fitted_logits(
        config, real.tensors, simulated, fold, settings.tower, work, progress
    )
    nobody_asked = torch.full((len(simulated[0]), len(HEAD)), float("nan"))
    opinions = torch.cat([opinions_of(scores, real.truth), nobody_asked])
    net, kept = taught_net(config, joined(real.tensors, simulated), settings.tower, work, progress, opinions)
    return scores, net, kept, minutes + kept.minutes


def _as_shipped(scores: np.ndarray, net: FilmNet, model: RadVlm, real: Cohort) -> np.ndarray:
    """Cross-fitted logits of the towers, as the head that ships would give them."""
    seen = judged_features(net, real.squares)
    before = finding_logits(net, seen, real.clinical).numpy()
    return carried_over(scores, before, head_logits(model, seen, real))


def folds(settings: TrainSettings) -> tuple[list[Film], list[Film]]:
    """Split the films by patient: those that teach, and val, which is only ever measured.

    Raises: NotShippable, BadTable.
    """
    films = [film for film in read_manifest(settings.manifest) if _may_teach(film, settings)]
    if settings.shippable:
        check_shippable(films)
    elif settings.out.resolve() == SHIPPED.resolve():
        raise NotShippable(
            "Weights from films that may not leave the house need another folder; say which with --out."
        )
    split = [_split(film, settings) for film in films]
    train, val = (
        [film for film, one in zip(films, split, strict=True) if one == name] for name in ("train", "val")
    )
    if not train or not val:
        raise BadTable(
            f"{settings.manifest.name} needs labelled frontal films of adults to learn from and others to measure on; "
            "check its columns labels, view, age, split and, for weights that ship, source."
        )
    return train, val


def _may_teach(film: Film, settings: TrainSettings) -> bool:
    """Say whether a film is one to learn from; of a house's table, one whose view nobody wrote down counts as frontal."""
    if settings.shippable:
        return film.source in settings.sources and is_frontal_adult(film) and not np.isnan(film.truth()).all()
    known = film if film.view else replace(film, view="PA")
    return is_frontal_adult(known) and not np.isnan(film.read_anew()).all()


def _split(film: Film, settings: TrainSettings) -> str:
    """Say whether a film teaches or measures; where a house's table is silent, by patient."""
    if film.split or settings.shippable:
        return film.split
    return "val" if is_held_out(film.patient, settings.held_out, settings.split_seed) else "train"


def cohort(films: list[Film], progress: Progress, *, reads: bool = False) -> Cohort:
    """Decode one fold; with `reads`, what radiologists called a film goes before its labels."""
    clinical = torch.stack([clinical_vector(None, film.age, film.sex) for film in films])
    return Cohort(films, load_squares(films, progress), clinical, truths(films, reads=reads))


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
    drawn = list(islice(facts, settings.worded // len(Style)))
    rows = [i % len(features) for i in range(len(drawn))]
    soft = model.model.multi_modal_projector(features[rows], fold.clinical[rows])[:, None]
    together = zip(drawn, soft, strict=True)
    return [Asked(pair.facts, pair.style, pair.prompt, z) for pairs, z in together for pair in pairs]


def work_of(settings: TrainSettings) -> Path:
    """Name the folder of a run's checkpoints after all that its towers learn from, so that no other run goes on there."""
    other = {"out", "work", "threads", "worded", "words", "language"}
    taught = {name: value for name, value in asdict(settings).items() if name not in other}
    taught["manifest"] = sha256_of(settings.manifest)
    return settings.work / sha256(json.dumps(taught, sort_keys=True).encode()).hexdigest()[:16]


def _told(settings: TrainSettings) -> dict[str, object]:
    """The settings without this machine's folders."""
    here = {"manifest": settings.manifest.name, "out": settings.out.name, "work": settings.work.name}
    here["words"] = None if settings.words is None else sha256_of(settings.words)
    return {**asdict(settings), **here}


def _mean_auc(table: dict[str, LabelCalibration]) -> float:
    return float(np.mean([row.auc for row in table.values() if row.auc is not None and row.positives >= 5]))


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
