"""Where a command speaks: progress and errors to stderr, the answer to stdout."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Console:
    """One command's two voices; `as_json` is what `--json` asked for."""

    as_json: bool = False

    def progress(self, sentence: str) -> None:
        """Say what is going on, for the person who waits."""
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()

    def answer(self, data: Mapping[str, object] | Sequence[object], text: str) -> None:
        """Give the answer once: `data` with --json, else `text`."""
        said = json.dumps(data, ensure_ascii=False, default=str) if self.as_json else text
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()

    def fail(self, sentence: str) -> None:
        """Say in one sentence why the work failed."""
        if self.as_json:
            self.answer({"error": sentence}, sentence)
        self.progress(sentence)
