"""From a notice on file to the people it calls: every try is on record, and no failure is swallowed."""

import logging
from collections.abc import Callable, Mapping
from functools import partial

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from dashboard.access_log import whereabouts
from dashboard.notices import mail, webhook
from dashboard.notices.letter import Letter, NotSent
from dashboard.settings import Settings
from triage import calling
from triage.critical import CriticalResult, Delivery, Notice
from triage.ports import House

MAIL, WEBHOOK = "mail", "webhook"
Channel = Callable[[Letter], None]
_log = logging.getLogger(__name__)

TRIES = 3
FIRST_PAUSE_S = 1.0
"""A server that is restarting is asked again at once; the queue asks again later, when this was not enough."""


def channels(settings: Settings) -> dict[str, Channel]:
    """The ways out that this installation has; none of them, and people are called on the screens alone."""
    said = settings.notices
    found: dict[str, Channel] = {}
    if said.smtp_url is not None:
        found[MAIL] = partial(mail.send, said.smtp_url, said.sender)
    if said.webhook_url is not None:
        found[WEBHOOK] = partial(webhook.send, said.webhook_url, str(said.webhook_secret))
    return found


def deliver(house: House, settings: Settings, ways: Mapping[str, Channel], result_id: str, step: str) -> None:
    """Send one notice by every channel that has not sent it yet, unless somebody has heard it meanwhile.

    Raises: NotSent: a channel failed in a way that may pass, and the queue tries it again. What will not pass by itself,
        an address that is refused, stands on the screen and is not tried again; the next person's notice is.
    """
    due = calling.to_send(house, result_id, step)
    if due is None:
        return
    result, notice = due
    letter = Letter(result, notice, settings.url, _addresses(house, settings, notice))
    failures = []
    for channel in calling.undelivered(result, step, ways):
        failed = _try(ways[channel], letter)
        _note(house, result, notice, channel, failed)
        if failed is not None:
            _log.warning("notice %s not sent by %s: %s", letter.key, channel, failed)
            failures.append(failed)
    passing = next((failed for failed in failures if failed.passing), None)
    if passing is not None:
        raise passing


def _addresses(house: House, settings: Settings, notice: Notice) -> tuple[str, ...]:
    own = house.call_list.address(notice.to)
    return tuple(dict.fromkeys(filter(None, (own, *settings.notices.to))))


def _try(channel: Channel, letter: Letter) -> NotSent | None:
    patiently = Retrying(
        stop=stop_after_attempt(TRIES),
        wait=wait_exponential(multiplier=FIRST_PAUSE_S, max=8),
        retry=retry_if_exception(lambda e: isinstance(e, NotSent) and e.passing),
        reraise=True,
    )
    try:
        patiently(channel, letter)
    except NotSent as failed:
        return failed
    except Exception as unforeseen:  # noqa: BLE001 - an address no library can read must not hide that nobody was called
        _log.error("notice %s: %s", letter.key, whereabouts(unforeseen))
        return NotSent(f"The notice could not be sent ({type(unforeseen).__name__}).", passing=True)
    return None


def _note(house: House, result: CriticalResult, notice: Notice, channel: str, failed: NotSent | None) -> None:
    delivery = Delivery(notice.step, channel, failed is None, house.clock.now(), str(failed or ""))
    calling.note_delivery(house, result, delivery)
