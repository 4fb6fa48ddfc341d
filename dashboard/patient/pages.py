"""The patient's pages as HTML: escaped by default, nothing from elsewhere, readable without scripts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from consent.receipt import Receipt
from consent.record import Consent
from consent.wording import CURRENT, LANGUAGES, Operator, wording
from dashboard.patient.answers import Standing
from dashboard.patient.forms import BirthDateForm, SignForm, strokes_in
from dashboard.patient.language import PHRASES, moment

FOLDER = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Frame:
    """What every page has around it: its language, who asks, and the token its forms carry."""

    language: str
    operator: Operator
    form_token: str
    demo: bool

    def page(self, template: str, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> HTMLResponse:
        """Fill in one template; every value is escaped."""
        filled = _TEMPLATES.get_template(template).render(
            words=PHRASES[self.language],
            frame=self,
            languages=LANGUAGES,
            moment=lambda at: moment(at, self.language),
            **values,
        )
        return HTMLResponse(filled, status, headers=HEADERS | {"Content-Language": self.language})


def door(
    frame: Frame,
    form: BirthDateForm | None = None,
    *,
    kept: SignForm | None = None,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    """Ask for the birth date; the same page for every link, known or not.

    Args:
        frame: what is around the page.
        form: what was typed.
        kept: answers typed before the visit ran out; they are carried past the door.
        problem: the name of the phrase that says what is wrong.
        status: as HTTP puts it.
    """
    fields = kept.fields if kept else {}
    return frame.page("door.html", status, form=form or BirthDateForm(), kept=fields, problem=problem)


@dataclass(frozen=True)
class OnFile:
    """What a patient has signed, as their page shows it."""

    consent: Consent
    standings: Sequence[Standing]
    receipt: Receipt | None
    drawn: str = ""

    @property
    def strokes(self) -> list[str]:
        """The drawn signature as SVG paths; only numbers get through."""
        return [
            "M" + " L".join(f"{x} {y}" for x, y in (stroke if len(stroke) > 1 else stroke * 2))
            for stroke in strokes_in(self.drawn)
        ]


@dataclass(frozen=True)
class OwnLink:
    """The link a page was opened with: its whole address, how long it lasts, how often it still opens."""

    token: str
    address: str
    keeps: bool
    expires: str
    tries_left: int


def consent_page(
    frame: Frame,
    form: SignForm,
    problems: Mapping[str, str],
    on_file: OnFile | None,
    own_link: OwnLink,
    done: str = "",
) -> HTMLResponse:
    """Read, choose, sign; for a patient who has signed, first what they answered and how to take it back.

    Args:
        frame: what is around the page.
        form: what was typed so far.
        problems: a sentence for each field that is missing something.
        on_file: the consent that counts today, None when there is none.
        own_link: the link this page was opened with.
        done: what has just been done: `signed`, `withdrawn`, `link`, or nothing.
    """
    text = wording(CURRENT, frame.language)
    return frame.page(
        "consent.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        text=text,
        sections=text.named(frame.operator),
        form=form,
        strokes=json.dumps(strokes_in(form.strokes)) if "drawing" not in problems else "",
        problems=problems,
        on_file=on_file,
        link=own_link,
        done=done,
    )


def message(
    frame: Frame, name: str, status: HTTPStatus, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """One sentence that says what to do next."""
    page = frame.page("message.html", status, name=name)
    page.headers.update(headers or {})
    return page
