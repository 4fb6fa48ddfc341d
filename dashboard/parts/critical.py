"""Critical results as a person meets them: how many are open, how late each is, and everything that was done about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.badges import badge
from dashboard.parts.look import joined, markup
from triage.critical import Attempt, Category, CriticalResult, Mark, Notice, ReadBack
from triage.escalation import overdue, standing_entries, state, unsent

_SHEET = Path(__file__).with_name("critical.css")
SOON = 0.25
"""From this share of the whole time left on, it is nearly due."""
OUTCOMES = {
    ReadBack.CONFIRMED: "They repeated it and it was right. Closes the loop.",
    ReadBack.REACHED: "They heard it and did not repeat it. Closes the loop, and is counted apart.",
    ReadBack.UNABLE: "Nobody heard it. The next person is called now.",
}
WITHIN = {Category.MINUTES: "within minutes", Category.HOURS: "within hours", Category.DAYS: "within days"}


def wear() -> None:
    """Put on the sheet of these parts; once per view that draws them."""
    st.html(_SHEET)


def marked(mark: Mark, zone: tzinfo | None = None) -> str:
    """A mark in one line: what, and how soon; with a zone, also when it was found."""
    words = [mark.what, WITHIN[mark.category]] if mark.category else [mark.what]
    if zone is not None and mark.found_at is not None:
        words.append(f"found {phrases.when(mark.found_at, zone)}")
    return ", ".join(words)


def banner(results: Sequence[CriticalResult], now: datetime) -> Markup:
    """How many results nobody has heard yet, and how many of them are too late already; nothing when all were told."""
    if not results:
        return Markup()
    late = sum(overdue(r, now) for r in results)
    first = min(r.due_at for r in results)
    failed = sum(bool(unsent(r)) for r in results)
    words = [
        markup(
            "<span><b>{}</b> not told yet</span>",
            phrases.count(len(results), "critical result", "critical results"),
        )
    ]
    if late:
        words.append(markup('<span><span aria-hidden="true">◆</span> <b>{}</b> overdue</span>', late))
    words.append(markup("<span>{}</span>", _next(first, now)))
    if failed:
        words.append(markup("<span>{} could not be sent</span>", phrases.count(failed, "notice", "notices")))
    return markup('<div class="fr-bell {}" role="status">{}</div>', "fr-late" if late else "", joined(words))


def _next(due: datetime, now: datetime) -> str:
    if now > due:
        return f"the first has waited {phrases.span(now - due)} too long"
    return f"the next is due in {phrases.span(due - now)}"


def due(result: CriticalResult, now: datetime) -> Markup:
    """How much time is left, as a word with a shape and a colour."""
    stands = state(result, now)
    if stands.told is not None:
        word = f"told in {phrases.span(stands.told.received_at - result.found_at)}"
        late = stands.told.received_at > result.due_at
        return badge(f"{word}, late", "asap", "▲") if late else badge(word, "done", "✓")
    left = result.due_at - now
    if left < timedelta(0):
        return badge(f"overdue by {phrases.span(-left)}", "stat", "◆")
    nearly = left <= SOON * result.limit.within
    return badge(f"due in {phrases.span(left)}", "asap" if nearly else "urgent", "▲" if nearly else "●")


def standing(result: CriticalResult, now: datetime) -> Markup:
    """Open, escalated or closed, in words."""
    stands = state(result, now)
    if stands.read_back is not None:
        return badge(stands.read_back.value, "done" if stands.read_back is ReadBack.CONFIRMED else "quiet")
    return (
        badge(f"escalated, step {stands.level}", "person", "◐")
        if stands.level
        else badge("open", "quiet", "○")
    )


def card(
    result: CriticalResult,
    about: Markup,
    people: Sequence[str],
    names: Mapping[str, str],
    now: datetime,
    zone: tzinfo,
) -> Markup:
    """One result: how late, what, whose, who is to be called now, and what could not be sent.

    Args:
        result: with everything recorded.
        about: whose it is, already escaped; empty where the page says so itself.
        people: the call list.
        names: what clinicians are called, by subject.
        now, zone: of the person at the screen.
    """
    stands = state(result, now)
    lines = [markup('<p class="fr-quiet-text">{}</p>', _found(result, names, zone)), about]
    if stands.next_at is not None:
        whom = people[min(stands.level, len(people) - 1)]
        again = "calls on them again" if stands.level >= len(people) - 1 else "calls the next"
        lines.append(
            markup(
                "<p>To be told now: <b>{}</b>. No answer by {} {}.</p>",
                whom,
                phrases.when_near(stands.next_at, now, zone),
                again,
            )
        )
    lines += [
        markup('<p class="fr-failed" role="alert">{}</p>', f"Notice by {d.channel} not sent: {d.reason}")
        for d in unsent(result)
        if stands.next_at is not None
    ]
    return markup(
        '<div class="fr-crit"><div class="fr-when">{}{}{}</div><h2>{}</h2>{}</div>',
        due(result, now),
        standing(result, now),
        markup('<span class="fr-quiet-text">{}</span>', f"notice {result.short}"),
        result.what,
        joined(lines),
    )


def _found(result: CriticalResult, names: Mapping[str, str], zone: tzinfo) -> str:
    where = f", report version {result.report_version}" if result.report_version else ", before the report"
    return (
        f"To be heard {WITHIN[result.category]} (limit {phrases.span(result.limit.within)}); "
        f"found {phrases.when(result.found_at, zone)} by {names.get(result.opened_by, result.opened_by)}{where}"
    )


def history(result: CriticalResult, names: Mapping[str, str], zone: tzinfo) -> Markup:
    """Everything recorded, the first first; what was corrected stays and says so. `names` as in `card`."""
    last = max((a.recorded_at for a in result.attempts), default=result.opened_at)
    standing_now = {a.number for a in standing_entries(result.attempts, last)}
    happened = [(n.at, _called(result, n)) for n in result.notices]
    happened += [
        (a.recorded_at, _tried(a, names, zone, stands=a.number in standing_now)) for a in result.attempts
    ]
    happened.sort(key=lambda pair: pair[0])
    items = [markup("<li>{} · {}</li>", phrases.when(at, zone), words) for at, words in happened]
    return markup('<ol class="fr-steps">{}</ol>', joined(items))


def _called(result: CriticalResult, notice: Notice) -> Markup:
    sent = sorted({d.channel for d in result.deliveries if d.step == notice.step and d.sent})
    failed = [d for d in unsent(result) if d.step == notice.step]
    how = [f"sent by {' and '.join(sent)}"] if sent else []
    how += [f"{d.channel} not sent: {d.reason}" for d in failed]
    return markup(
        "called on <b>{}</b>: {} ({})", notice.to, notice.cause.value, "; ".join(how) or "on the screens"
    )


def _tried(attempt: Attempt, names: Mapping[str, str], zone: tzinfo, *, stands: bool) -> Markup:
    words = markup(
        "{} {} {} {}, {}: <b>{}</b>; recorded by {}{}",
        attempt.told_by,
        "tried" if attempt.read_back is ReadBack.UNABLE else "told",
        attempt.received_by,
        attempt.method.value,
        phrases.when(attempt.received_at, zone),
        attempt.read_back.value,
        names.get(attempt.recorded_by, attempt.recorded_by),
        f"; corrects an earlier entry: {attempt.reason}" if attempt.corrects else "",
    )
    return words if stands else markup("<s>{}</s> (corrected by a later entry)", words)
