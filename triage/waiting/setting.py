"""A reading room as a waiting line: who comes, what they have, what a device says, who is read first."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from triage.errors import BadSetting

INTERRUPTING = "interrupting"
"""The name of cases that interrupt whatever is being read: no device looks at them."""
BUSIEST = 0.98
"""Above this share of busy time a line grows for weeks before it settles; no simulation here would say its mean."""


class Discipline(StrEnum):
    """Who is read first.

    FIFO: in the order of arrival. PREEMPTIVE: flagged first; a reader sets an unflagged study aside and resumes it.
    NONPREEMPTIVE: flagged first, but a study that was begun is finished. HIERARCHICAL: as PREEMPTIVE, and among the
    flagged the more severe disease first. Interrupting cases go before all others under every one of them.
    """

    FIFO = "fifo"
    PREEMPTIVE = "preemptive"
    NONPREEMPTIVE = "nonpreemptive"
    HIERARCHICAL = "hierarchical"


@dataclass(frozen=True)
class Disease:
    """One disease of a group of patients, and the device that looks for it.

    `prevalence` is its share of the group; `severity` 1 is the most severe; `sensitivity` and `specificity` are those
    of the device, both None where no device looks for it.
    """

    name: str
    prevalence: float
    read_minutes: float
    severity: int = 1
    sensitivity: float | None = None
    specificity: float | None = None

    @property
    def has_ai(self) -> bool:
        """Whether a device looks for it."""
        return self.sensitivity is not None


@dataclass(frozen=True)
class Group:
    """Patients whose studies the same devices look at; `share` of all that do not interrupt."""

    name: str
    share: float
    read_minutes: float  # of a study without any of the diseases
    diseases: tuple[Disease, ...]


@dataclass(frozen=True)
class Setting:
    """Everything that decides the waits.

    `traffic` is the share of their time the readers are busy, None when arrivals are given; `interrupting` the share
    of all studies that interrupt; `max_wait` in minutes: a study that has waited so long goes before all but those.
    """

    groups: tuple[Group, ...]
    traffic: float | None
    readers: int
    interrupting: float = 0.0
    interrupt_minutes: float = 5.0
    discipline: Discipline = Discipline.PREEMPTIVE
    max_wait: float | None = None


@dataclass(frozen=True)
class Stream:
    """Studies that are alike: same group, same disease or none, same most severe flag or none."""

    group: str
    disease: str | None
    flag: Disease | None
    looked_at: bool  # by any device
    share: float  # of all studies, interrupting ones too
    minutes: float


def one_disease(
    prevalence: float, sensitivity: float, specificity: float, minutes: float
) -> tuple[Group, ...]:
    """The plainest room: one group, one disease, one device."""
    return (
        Group("all", 1.0, minutes, (Disease("disease", prevalence, minutes, 1, sensitivity, specificity),)),
    )


def checked(setting: Setting) -> Setting:
    """Answer the setting itself.

    Raises: BadSetting: it cannot be; one sentence says what.
    """
    _check_room(setting)
    for group in setting.groups:
        _check_group(group)
    names = [d.name for g in setting.groups for d in g.diseases]
    if again := [n for n in names if names.count(n) > 1]:
        raise BadSetting(f"The disease {again[0]} stands there twice; give each its own name.")
    total = math.fsum(g.share for g in setting.groups)
    if abs(total - 1) > 1e-6:
        raise BadSetting(f"The shares of the groups add up to {total:g}; they must add up to 1.")
    return setting


def _check_room(setting: Setting) -> None:
    if setting.traffic is not None and not 0 < setting.traffic <= BUSIEST:
        raise BadSetting(
            f"A traffic of {setting.traffic:g} cannot be simulated; it must be above 0 and at most {BUSIEST:g},"
            " since at 1 the line grows without end."
        )
    if setting.readers < 1:
        raise BadSetting("There must be at least one reader.")
    if not 0 <= setting.interrupting < 1:
        raise BadSetting(f"A share of {setting.interrupting:g} interrupting cases is not from 0 to below 1.")
    _check_minutes(setting.interrupt_minutes, "an interrupting case")
    if setting.max_wait is not None:
        _check_minutes(setting.max_wait, "the longest wait")


def _check_group(group: Group) -> None:
    _check_share(group.share, f"The share of the group {group.name}")
    _check_minutes(group.read_minutes, f"the group {group.name}")
    for one in group.diseases:
        _check_disease(one)
    total = math.fsum(d.prevalence for d in group.diseases)
    if total > 1 + 1e-9:
        raise BadSetting(
            f"The prevalences in the group {group.name} add up to {total:g}; they cannot exceed 1."
        )


def _check_disease(one: Disease) -> None:
    _check_share(one.prevalence, f"The prevalence of {one.name}")
    _check_minutes(one.read_minutes, one.name)
    if one.severity < 1:
        raise BadSetting(f"The severity of {one.name} is a rank from 1, the most severe, on.")
    if (one.sensitivity is None) != (one.specificity is None):
        raise BadSetting(f"Give both the sensitivity and the specificity for {one.name}, or neither.")
    if one.sensitivity is not None and one.specificity is not None:
        _check_share(one.sensitivity, f"The sensitivity for {one.name}")
        _check_share(one.specificity, f"The specificity for {one.name}")


def _check_share(value: float, what: str) -> None:
    if not 0 <= value <= 1:
        raise BadSetting(f"{what} is {value:g}; it must be from 0 to 1.")


def _check_minutes(value: float, what: str) -> None:
    if not (math.isfinite(value) and value > 0):
        raise BadSetting(f"The minutes for {what} are {value:g}; they must be more than 0.")


# ── streams ───────────────────────────────────────────────────────────────────────────────────────────


def streams(setting: Setting) -> list[Stream]:
    """Every kind of study with its share; the shares add up to 1."""
    rest = 1 - setting.interrupting
    found = [Stream(INTERRUPTING, None, None, False, setting.interrupting, setting.interrupt_minutes)]
    for group in setting.groups:
        well = 1 - math.fsum(d.prevalence for d in group.diseases)
        has: list[tuple[Disease | None, float]] = [(d, d.prevalence) for d in group.diseases]
        for disease, share in [*has, (None, max(0.0, well))]:
            minutes = disease.read_minutes if disease else group.read_minutes
            for flag, chance in _flags(group, disease):
                name = disease.name if disease else None
                seen = any(d.has_ai for d in group.diseases)
                found.append(
                    Stream(group.name, name, flag, seen, rest * group.share * share * chance, minutes)
                )
    return [one for one in found if one.share > 0]


def _flags(group: Group, has: Disease | None) -> Iterator[tuple[Disease | None, float]]:
    """The most severe flag of a study and its chance; devices err independently of one another."""
    none_so_far = 1.0
    for looked_for in sorted(group.diseases, key=lambda d: d.severity):
        if looked_for.sensitivity is None or looked_for.specificity is None:
            continue
        flagged = looked_for.sensitivity if looked_for is has else 1 - looked_for.specificity
        yield looked_for, none_so_far * flagged
        none_so_far *= 1 - flagged
    yield None, none_so_far


def rank(stream: Stream, discipline: Discipline, severities: Sequence[int]) -> int:
    """The place of a study in the line: 0 interrupts, then 1, 2 …; `severities` are those in use, in order."""
    if stream.group == INTERRUPTING:
        return 0
    if discipline is Discipline.FIFO:
        return 1
    if discipline is Discipline.HIERARCHICAL:
        return 1 + (severities.index(stream.flag.severity) if stream.flag else len(severities))
    return 1 if stream.flag else 2


def ranks(kinds: Sequence[Stream], discipline: Discipline) -> list[int]:
    """The rank of each stream."""
    severities = sorted({s.flag.severity for s in kinds if s.flag})
    return [rank(s, discipline, severities) for s in kinds]


def mean_minutes(kinds: Sequence[Stream]) -> float:
    """Minutes of reading per study, over all of them."""
    return math.fsum(s.share * s.minutes for s in kinds)


def arrivals_a_minute(setting: Setting, kinds: Sequence[Stream]) -> float:
    """How many studies come a minute at this traffic. The setting must say its traffic."""
    if setting.traffic is None:
        raise BadSetting("Say how busy the readers are, or give the arrivals.")
    return setting.traffic * setting.readers / mean_minutes(kinds)


def disease_set(name: str) -> str:
    """What the set of studies with a disease is called."""
    return f"disease: {name}"


def sets(kinds: Sequence[Stream]) -> dict[str, list[int]]:
    """Whose wait is reported, by name: the streams each of them is made of. Interrupting cases stand apart."""
    listed = [(i, s) for i, s in enumerate(kinds) if s.group != INTERRUPTING]
    found = {
        "all": [i for i, _ in listed],
        "diseased": [i for i, s in listed if s.disease],
        "non-diseased": [i for i, s in listed if not s.disease],
        "AI+": [i for i, s in listed if s.flag],
        "AI-": [i for i, s in listed if not s.flag],
        "no AI": [i for i, s in listed if not s.looked_at],
    }
    for name in dict.fromkeys(s.disease for _, s in listed if s.disease):
        found[disease_set(name)] = [i for i, s in listed if s.disease == name]
    groups = list(dict.fromkeys(s.group for _, s in listed))
    if len(groups) > 1:
        found |= {f"group: {name}": [i for i, s in listed if s.group == name] for name in groups}
    found[INTERRUPTING] = [i for i, s in enumerate(kinds) if s.group == INTERRUPTING]
    return {name: of for name, of in found.items() if of}
