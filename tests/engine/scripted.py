"""A reader of fixed answers that checks its permit, for tests of what is around it."""

from datetime import UTC, datetime

import numpy as np

from consent.record import Purpose
from engine.answer import composed
from engine.facts import from_text
from engine.model.config import HEAD
from tests.builders import MODEL, a_draft, a_reading
from triage.errors import UnreadableFilm
from triage.finding import LABELS, Finding
from triage.reading import Style


class ScriptedFilmReader:
    identity, precision = MODEL, "nf4"

    def __init__(self, answers):
        self.answers, self.permits, self.given = list(answers), [], {}

    def read(self, study, _vitals, film, _media_type, permit):
        permit.check(study.patient.patient_id, Purpose.EVALUATION, datetime.now(UTC))
        self.permits.append(permit)
        if film == b"broken":
            raise UnreadableFilm("This file is broken; send it again.")
        if study.study_uid not in self.given:
            self.given[study.study_uid] = self.answers.pop(0)
        p = self.given[study.study_uid]
        found = tuple(Finding(code, p.get(code)) for code in LABELS)
        return a_reading(
            study_uid=study.study_uid, findings=found, pathology_probability=p.get(HEAD[-1])
        ), None

    def scores(self, study, _vitals, _film, _media_type, permit, bends):
        """The answer it gave, whatever is bent, measured or written in the request."""
        permit.check(study.patient.patient_id, Purpose.EVALUATION, datetime.now(UTC))
        given = self.given[study.study_uid]
        return np.array([[given.get(name, np.nan) for name in HEAD]] * len(bends))

    def drafts(self, _study, _vitals, _reading, film, _permit):
        film()
        for style in Style:
            yield style, a_draft(style=style)

    def impressions(self, findings, style):
        return [composed(from_text(text), style) for text in findings]
