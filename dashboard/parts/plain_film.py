"""The film where a browser has no WebGL: eight bits, drawn by plotly, with a line of switches above it."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.parts import film, phrases
from dashboard.parts.look import draw, markup
from triage.finding import Finding
from triage.reading import Reading
from triage.study import Instance, Study


@dataclass(frozen=True)
class Choice:
    """What the person at the screen wants to see."""

    instance: Instance
    heatmap: bool
    opacity: float
    boxes: bool
    inverted: bool
    brightness: float
    contrast: float
    prior: Study | None


def controls(
    key: str,
    study: Study,
    priors: Sequence[Study],
    *,
    read: Instance | None = None,
    heatmap: str,
    boxes: bool,
) -> Choice:
    """One quiet line of switches above the film.

    Args:
        key: tells the switches of two studies apart.
        study: with at least one image.
        priors: earlier studies of the same patient, the latest first.
        read: the image that the model's answer belongs to; it comes first.
        heatmap: what it shows, in a sentence; empty when there is none.
        boxes: whether there are any to lay over the film.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        instance = _instance(key, study, read)
        hot = st.toggle("Heatmap", key=f"{key}-heatmap", disabled=not heatmap, help=heatmap or _NO_HEATMAP)
        opacity = (
            st.slider(
                "Heatmap opacity",
                0.1,
                1.0,
                0.5,
                0.05,
                key=f"{key}-opacity",
                width=130,
                label_visibility="collapsed",
            )
            if hot
            else 0.5
        )
        boxed = st.toggle("Boxes", value=True, key=f"{key}-boxes") if boxes else False
        inverted = st.toggle("Invert", key=f"{key}-invert")
        with st.popover("Greys"):
            brightness = st.slider("Brightness", 0.4, 2.0, 1.0, 0.05, key=f"{key}-brightness")
            contrast = st.slider("Contrast", 0.4, 2.5, 1.0, 0.05, key=f"{key}-contrast")
        prior = _prior(key, priors)
    return Choice(instance, hot, opacity, boxed, inverted, brightness, contrast, prior)


_NO_HEATMAP = "There is no heatmap: the model called no finding at least possible."


def first_explained(reading: Reading | None) -> Finding | None:
    """The finding whose heatmap is shown first; None when it has none."""
    shown = reading.pointed_at if reading else None
    return shown if shown and shown.heatmap_sha256 else None


def explained(finding: Finding) -> str:
    """What a finding's heatmap shows, in a sentence."""
    return f"Where the model looked for {finding.label.lower()}; not where the disease is."


def _instance(key: str, study: Study, read: Instance | None) -> Instance:
    first = read or study.frontal or study.instances[0]
    if len(study.instances) == 1:
        return first
    labels = {i.sop_instance_uid: i.view or "view not named" for i in study.instances}
    chosen = st.segmented_control(
        "Film",
        list(labels),
        default=first.sop_instance_uid,
        required=True,
        format_func=lambda uid: labels[uid],
        key=f"{key}-film",
        label_visibility="collapsed",
    )
    return next(i for i in study.instances if i.sop_instance_uid == chosen)


def _prior(key: str, priors: Sequence[Study]) -> Study | None:
    with_film = {p.study_uid: p for p in priors if p.instances}
    if not with_film:
        return None
    if len(with_film) == 1:
        only = next(iter(with_film.values()))
        beside = st.toggle(f"Prior, {phrases.day(only.studied_at.date())}", key=f"{key}-prior")
        return only if beside else None
    chosen = st.selectbox(
        "Prior beside",
        list(with_film),
        index=None,
        format_func=lambda uid: phrases.day(with_film[uid].studied_at.date()),
        placeholder="Prior beside",
        key=f"{key}-prior",
        label_visibility="collapsed",
        width=170,
    )
    return with_film[chosen] if chosen else None


@st.fragment
def show(study: Study, reading: Reading | None, priors: Sequence[Study]) -> None:
    """The film with its controls, and the prior beside it on demand; a switch redraws nothing else."""
    read = study.film(reading.input_sha256) if reading else None
    answer = reading if read else None
    boxed = [f for f in answer.findings if f.region] if answer else []
    first = first_explained(answer)
    says = explained(first) if first else ""
    chosen = controls(study.study_uid, study, priors, read=read, heatmap=says, boxes=bool(boxed))
    was_read = chosen.instance == read
    overlay = film.heatmap_url(study.study_uid, first) if first and chosen.heatmap and was_read else ""
    shown = film.figure(
        chosen.instance,
        film.film_url(study.study_uid, chosen.instance),
        overlay=overlay,
        opacity=chosen.opacity,
    )
    if chosen.boxes and was_read:
        film.add_regions(shown, boxed, chosen.instance)
    sides = st.columns(2, gap="small") if chosen.prior else [st.container()]
    with sides[0]:
        if chosen.prior:
            draw(markup('<p class="fr-label">This study, {}</p>', phrases.day(study.studied_at.date())))
        film.show(shown, "film", f"Chest film {chosen.instance.view}, accession {study.accession_number}")
    if chosen.prior:
        with sides[1]:
            _beside(chosen.prior)
    for key in ("film", "prior"):
        film.grey_levels(
            key, inverted=chosen.inverted, brightness=chosen.brightness, contrast=chosen.contrast
        )


def _beside(prior: Study) -> None:
    instance = prior.frontal or prior.instances[0]
    draw(markup('<p class="fr-label">Prior, {}</p>', phrases.day(prior.studied_at.date())))
    film.show(film.figure(instance, film.film_url(prior.study_uid, instance)), "prior", "Prior chest film")
