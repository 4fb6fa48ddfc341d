"""How often is too often."""

from collections import deque
from datetime import datetime, timedelta


class Rate:
    """At most so many tries per caller in a sliding window; forgotten callers take no memory."""

    def __init__(self, tries: int, within: timedelta) -> None:
        self._tries, self._within = tries, within
        self._seen: dict[str, deque[datetime]] = {}

    def allows(self, caller: str, now: datetime) -> bool:
        """Count one try and say whether it may go on."""
        for name in [n for n, times in self._seen.items() if now - times[-1] >= self._within]:
            del self._seen[name]
        times = self._seen.setdefault(caller, deque(maxlen=self._tries))
        full = len(times) == self._tries and now - times[0] < self._within
        if not full:
            times.append(now)
        return not full
