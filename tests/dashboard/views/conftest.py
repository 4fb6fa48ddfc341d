"""Screens as Streamlit runs them, with a person signed in and the house of the test behind them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources, sign_in
from dashboard.resources import Resources
from dashboard.settings import Settings
from db.connection import Database
from db.sign_in_store import SignInStore
from tests.builders import a_consent, an_event
from tests.fakes import FixedClock, ScriptedReader
from triage import flow
from triage.ports import House
from triage.study import Study
from triage.vitals import Vitals

APP = Path(__file__).parents[3] / "dashboard" / "app.py"
NAMES = {"ada": "Dr. Ada Keller", "tom": "Dr. Tomas Okoye", "robin": "Robin Hale"}
Screen = Callable[..., AppTest]


@pytest.fixture
def opened(house: House, database: Database, tmp_path: Path) -> Iterator[Resources]:
    settings = Settings(tmp_path, demo=True)
    with resources.use(Resources(settings, house, SignInStore(database))) as made:
        yield made


@pytest.fixture
def screen(opened: Resources) -> Screen:
    """Open one entry of the menu: `screen("worklist")`, as a clinician unless told otherwise."""

    def shown(view: str, *, subject: str = "ada", role: str = "clinician") -> AppTest:
        claims = {"sub": subject, "name": NAMES[subject], "roles": [role]}
        at = AppTest.from_file(str(APP), default_timeout=20)
        at.user = {
            "is_logged_in": True,
            "sid": sign_in.open_record(opened.sign_ins, claims, opened.house.clock.now()),
        }
        return at.switch_page(f"views/{view}.py").run()

    return shown


@pytest.fixture
def arrive(house: House) -> Callable[..., str]:
    """Take a study in; answers its UID."""

    def taken(study: Study, vitals: Vitals | None = None) -> str:
        assert flow.receive(house, study, vitals, "test")
        return study.study_uid

    return taken


@pytest.fixture
def read(house: House, clock: FixedClock) -> Callable[..., None]:
    """Let the scripted model read a study whose patient allows it."""

    def done(study: Study, **script: object) -> None:
        patient = study.patient.patient_id
        if not house.consents.provisions(patient):
            house.consents.sign(a_consent(patient, consent_id=f"consent-{patient.value}"), an_event())
        flow.first_read(house, ScriptedReader(clock, **script), study.study_uid)  # type: ignore[arg-type]

    return done


def said(at: AppTest) -> str:
    """Everything the screen says, markup included; the list of studies says what it was told."""
    assert not at.exception, [e.message for e in at.exception]
    told = [json.dumps(known, ensure_ascii=False)] if (known := told_list(at)) else []
    return "\n".join(
        [
            *(h.value for h in at.main.get("html")),
            *(t.value for t in at.text),
            *(c.value for c in at.caption),
            *told,
        ]
    )


def told_list(at: AppTest) -> dict[str, Any]:
    """What the list of open studies was told to show; nothing when it is not on this screen."""
    lists = (c.proto for c in at.get("bidi_component") if c.proto.component_name == "firstread.worklist")
    return next((json.loads(proto.json) for proto in lists), {})


def labels(at: AppTest) -> list[str]:
    """What the buttons of the screen say."""
    return [b.label for b in at.button]


def open_from_worklist(at: AppTest, study_uid: str) -> AppTest:
    """Open a study as the list does when its row is opened, by its UID; then follow, as the browser does by itself."""
    at.session_state["open_study_uid"] = study_uid
    at.session_state["open_study_looked_at"] = False
    return at.switch_page("views/reading.py").run()
