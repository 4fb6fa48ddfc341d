"""Opens a model that somebody brought: a folder of another family, or one behind an address."""

import logging
from pathlib import Path

from engine.errors import UnsafeModel, WeightsMismatch
from engine.general import GeneralReader, asked_sha256, picture_of, question, site_calibration
from engine.model.config import HEAD
from engine.model.known_answers import check_answers, known_film
from engine.model.load import LoadedModel
from engine.model.processor import load_processor
from engine.model.respondent import LocalRespondent
from engine.served import ServedRespondent, Server, names
from engine.settings import Settings
from triage.errors import ReaderFailed
from triage.reading import ModelIdentity

log = logging.getLogger(__name__)
CONTEXT = "A chest radiograph."


def open_folder(loaded: LoadedModel, settings: Settings, cache: Path) -> GeneralReader:
    """Make a reader of a loaded model of another family; it is asked about a grey and about a simulated film at once.

    Raises: WeightsMismatch: a part is missing, it cannot say yes or no, or it answers the simulated film otherwise than
        when it was first loaded. ReaderFailed: it gives no numbers.
    """
    if settings.model is None:
        raise WeightsMismatch("Only a folder that FIRSTREAD_MODEL names can be opened in this way.")
    folder = settings.model
    respondent = LocalRespondent(loaded, load_processor(folder, loaded.family), folder.name)
    reader = _reader(respondent, settings, cache)
    reader.warm()
    answers = respondent.yes_over_no(picture_of(known_film()), CONTEXT, [question(name) for name in HEAD])
    name = f"{loaded.sha256[:16]}-{loaded.precision}-{loaded.model.device.type}"
    check_answers(cache, name, asked_sha256(), answers)
    return reader


def open_served(settings: Settings, cache: Path) -> GeneralReader:
    """Make a reader of a model behind an address; with its name set, nothing is contacted before the first film.

    Raises: ReaderFailed: nobody said what the model is called and the server does not say, or a broken calibration.
    """
    url = settings.model_url or ""
    name = settings.model_name or next(iter(names(Server(url, "", settings.model_key))), "")
    if not name:
        raise ReaderFailed("The model server names no model; set FIRSTREAD_MODEL_NAME.")
    respondent = ServedRespondent(Server(url, name, settings.model_key))
    try:
        reader = _reader(respondent, settings, cache)
    except (WeightsMismatch, UnsafeModel, OSError) as wrong:
        raise ReaderFailed(str(wrong)) from wrong
    log.info("reading with %s", respondent.identity.id)
    return reader


def _reader(respondent: LocalRespondent | ServedRespondent, settings: Settings, cache: Path) -> GeneralReader:
    known = site_calibration(calibration_path(settings, cache, respondent.identity), respondent.identity)
    return GeneralReader(respondent, known, most_tokens=settings.max_new_tokens, levels=settings.levels)


def calibration_path(settings: Settings, cache: Path, identity: ModelIdentity) -> Path:
    """Where a site's calibration of this model lies: where it was set, beside the folder, or in our cache."""
    if settings.calibration is not None:
        return settings.calibration
    if settings.model is not None:
        folder = settings.model.resolve()
        return folder.with_name(f"{folder.name}.calibration.json")
    return cache / f"served-{identity.sha256[:16]}.calibration.json"
