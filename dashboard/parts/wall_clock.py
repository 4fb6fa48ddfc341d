"""Minutes on a person's clock and the moments they mean, also in the hour that comes twice when clocks go back."""

from datetime import UTC, datetime, tzinfo


def said(at: datetime, zone: tzinfo) -> datetime:
    """What the clock says at a moment, to the minute and without its zone, as the fields for times hold it."""
    return at.astimezone(zone).replace(second=0, microsecond=0, tzinfo=None)


def readings(minute: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The two moments that a minute on the clock can mean, the earlier first; nearly always the same one twice."""
    first, second = (minute.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(first, second), max(first, second)
