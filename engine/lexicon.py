"""Every word an impression may use beside the findings' names, and the words for how large something is."""

import re

from engine.vocabulary import CERTAINTY_WORDS, SAID
from triage.vitals import PARAMETERS

_SMALL_WORDS = """
a an and are area as at be because been being bedside but by can cannot clear comprehensive could due for found from given has
have in is it its likely it may might more most no nor not nothing noted of on one or other over present seen shown show shows
side sided sides single stands suggests than that the there their these this to too under was were which with within without
whether he his she her also if any both
film films image images imaging impression chest radiograph radiographs radiology x-ray patient man woman male female aged year
years old year-old
abnormal abnormality abnormalities normal unremarkable acute cardiopulmonary cardiac finding findings assessed not-assessed out
low high raised elevated increased reduced fast slow rapid
lung lungs left right left-sided right-sided bilateral bilaterally pleural space spaces size focal
zone zones upper lower middle base bases basal basilar apical apex apices hemithorax thorax
radiologist radiologists radiograph clinical picture confirm confirmed confirmation check checked review reviewed recommended
advised needed needs should has must against please have tell inform informed call called treating team now immediately urgent urgently
heart rate pulse breathing respiratory temperature oxygen saturation level blood pressure systolic diastolic glucose sugar
white cells c-reactive protein crp d-dimer lactate mmhg per minute min breaths earlier prior previous compare compared comparison
looks appears possibly probably
absent absence negative free excluded exclude ruled rule neither
appearance appearances those evidence sign signs convincing consistent keeping compatible suspicious demonstrated
demonstrates identified visible visualised visualized detected evident contains contain lies leading i we some amount told
awaiting awaits confirmation explanation active process report reports suggestion show showing reveals revealed recognised
recognized noted apparent account accounts view views frontal examination study today here
"""
_WORD = re.compile(r"[a-zà-ÿ][a-zà-ÿ'_-]*")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


SEVERITIES: dict[str, int] = {
    **dict.fromkeys(("trace", "tiny", "minimal", "minimally", "minor", "subtle", "slight", "slightly"), 0),
    **dict.fromkeys(("small", "mild", "mildly", "shallow"), 1),
    **dict.fromkeys(("moderate", "moderately", "medium"), 2),
    **dict.fromkeys(
        ("large", "severe", "severely", "marked", "markedly", "extensive", "extensively", "big", "gross"), 3
    ),
    **dict.fromkeys(("massive", "massively", "huge", "giant", "enormous"), 4),
}
"""How large a word calls a finding; two words of one number mean the same."""

LEXICON = frozenset(
    _words(_SMALL_WORDS)
    | {word for words in CERTAINTY_WORDS.values() for phrase in words for word in _words(phrase)}
    | {word for p in PARAMETERS.values() for word in _words(f"{p.label} {p.unit}")}
    | set(SEVERITIES)
)
"""The small language model sometimes makes up a word, or half a name; no reader should meet either. What nobody looked
for, a device, a disease, a history, has no word here, so it cannot be said."""

_SICK = re.compile(
    r"\b(?:a?febrile|fever\w*|pyrexi\w+|hypothermi\w+|desaturat\w+|hypox\w+|tachy\w+|brady\w+|hypotensi\w+|hypertensi\w+"
    r"|hypergly\w+|hypogly\w+|leu[ck]o\w+)\b"
)


def strange_words(sentence: str) -> list[str]:
    """Find words that no impression uses, in order; "pleural" alone is one, "pleural effusion" is not."""
    rest = SAID.sub(" ", sentence.lower())
    return [word for word in _WORD.findall(_SICK.sub(" ", rest)) if word not in LEXICON]
