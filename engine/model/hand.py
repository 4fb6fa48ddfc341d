"""One hand uses the model, for everybody in turn; what somebody waits to begin goes before what is being written."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from typing import TypeVar

import torch

T = TypeVar("T")


class Hand:
    """A thread that alone computes with the model, and shares no product with another.

    A word is hundreds of products too small to be shared: with two threads a step of three texts took 150 ms, with one
    40, and of 27 texts 280 and 98 (two cores; other threads of the process had computed before).
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "model", initializer=torch.set_num_threads, initargs=(1,))
        self._free, self._busy, self._beginning = Condition(), False, 0

    def begin(self, work: Callable[[], T]) -> T:
        """Look at a film, or encode a question; nobody's words go on meanwhile."""
        with self._free:
            self._beginning += 1
            self._free.wait_for(lambda: not self._busy)
            self._beginning, self._busy = self._beginning - 1, True
        return self._done(work)

    def go_on(self, work: Callable[[], T]) -> T:
        """Write one token of every text, unless somebody waits to begin."""
        with self._free:
            self._free.wait_for(lambda: not (self._busy or self._beginning))
            self._busy = True
        return self._done(work)

    def _done(self, work: Callable[[], T]) -> T:
        try:
            return self._thread.submit(work).result()
        finally:
            with self._free:
                self._busy = False
                self._free.notify_all()
