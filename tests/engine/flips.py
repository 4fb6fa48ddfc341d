"""A sentence turned into its opposite: what was denied is said, what was said is denied."""

import re

_DENIALS: tuple[tuple[str, str], ...] = (
    (r"\bneither ([^.]*?) nor ", r"\1 and "),
    (r"\bno (?:convincing )?(?:evidence|signs?) of ", ""),
    (r"\b(?:nothing) ", "something "),
    (r"\bunlikely\b", "likely"),
    (r"\babsent\b", "present"),
    (r"\bcannot be excluded\b", "can be excluded"),
    (r"\bcould not be assessed\b", "could be assessed"),
    (r"\bno single\b", "one single"),
    (r"\bno,? ", ""),
    (r"\bnot ", ""),
    (r"\bwithout ", "with "),
    (r"\bfree of ", "full of "),
    (r"\bunremarkable\b", "remarkable"),
)
_VERB = re.compile(
    r"\b(is|are|was|were|has to|has|have|may|could|should|shows?|needs|suggests?|lies|contains?)\b"
)
_ONE_WORD = {"is", "are", "was", "were", "has", "may", "could", "should", "have", "has to"}


def flipped(sentence: str) -> str:
    """Turn a sentence round by rules that know nothing of its films."""
    for pattern, opposite in _DENIALS:
        turned, changes = re.subn(pattern, opposite, sentence, flags=re.IGNORECASE)
        if changes:
            return turned
    verb = _VERB.search(sentence)
    if verb and verb.group() in _ONE_WORD:
        return f"{sentence[: verb.end()]} not{sentence[verb.end() :]}"
    return f"No {sentence[:1].lower()}{sentence[1:]}"
