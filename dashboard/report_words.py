"""What the printed report says around the radiologist's words, in each language of the patient pages."""

from collections.abc import Mapping

from consent.wording import LANGUAGES
from triage.finding import Certainty, Laterality
from triage.report import Verdict
from triage.study import Sex

FIRST = "en"
NAMES: Mapping[str, str] = {"en": "English", "ru": "Russian"}
PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Radiology report",
        "simulated": "SIMULATED STUDY: the patient and the film are invented",
        "demo": "DEMONSTRATION: not for care",
        "patient": "Patient",
        "number": "Patient number",
        "born": "Born",
        "sex": "Sex",
        "accession": "Accession number",
        "study": "Study",
        "indication": "Indication",
        "none": "not recorded",
        "impression": "Impression",
        "own_words": "The impression is in the radiologist's own words and was not translated by a machine.",
        "status": "Status",
        "final": "final",
        "amended": "amended",
        "version": "Version",
        "signed": "Signed by {by} on {at}",
        "reason": "Reason",
        "draft": "Draft",
        "answers": "The signer answers for this sentence, which film and bedside values do not support",
        "earlier": "Earlier versions",
        "ai": "AI first read",
        "ai_label": "Made by software. It is no diagnosis: the impression above is what a radiologist read and signed.",
        "no_ai": "There is no answer of the model that may be shown with this report.",
        "any": "Any abnormality",
        "finding": "Finding",
        "confidence": "Calibrated probability",
        "certainty": "Certainty",
        "side": "Patient's side",
        "not_assessed": "Not assessed",
        "silent": "Not assessed is not absent.",
        "model": "Model",
        "weights": "Weights, SHA-256",
        "unknown": "not known here",
        "read": "Film read",
        "permit": "Permit",
        "film": "Film",
        "heatmap": "Where the model looked for: {finding}",
        "heatmap_is": "A heatmap shows where the model looked, not where the disease is.",
        "page": "page {page} of {pages}",
    },
    "ru": {
        "title": "Протокол рентгенологического исследования",
        "simulated": "СМОДЕЛИРОВАННОЕ ИССЛЕДОВАНИЕ: пациент и снимок вымышлены",
        "demo": "ДЕМОНСТРАЦИЯ: не для лечения",
        "patient": "Пациент",
        "number": "Номер пациента",
        "born": "Дата рождения",
        "sex": "Пол",
        "accession": "Номер направления",
        "study": "Исследование",
        "indication": "Показание",
        "none": "не указано",
        "impression": "Заключение",
        "own_words": "Заключение приведено словами врача-рентгенолога и машиной не переводилось.",
        "status": "Статус",
        "final": "окончательный",
        "amended": "с поправкой",
        "version": "Версия",
        "signed": "Подписано: {by}, {at}",
        "reason": "Причина",
        "draft": "Черновик",
        "answers": "За это предложение, не подтверждённое снимком и показателями, отвечает подписавший",
        "earlier": "Предыдущие версии",
        "ai": "Предварительное чтение ИИ",
        "ai_label": "Составлено программой. Это не диагноз: заключение выше прочитал и подписал врач-рентгенолог.",
        "no_ai": "Нет ответа модели, который можно показать с этим протоколом.",
        "any": "Любая патология",
        "finding": "Признак",
        "confidence": "Калиброванная вероятность",
        "certainty": "Уверенность",
        "side": "Сторона пациента",
        "not_assessed": "Не оценено",
        "silent": "Не оценено не значит отсутствует.",
        "model": "Модель",
        "weights": "Веса, SHA-256",
        "unknown": "здесь неизвестны",
        "read": "Снимок прочитан",
        "permit": "Разрешение",
        "film": "Снимок",
        "heatmap": "Куда смотрела модель: {finding}",
        "heatmap_is": "Тепловая карта показывает, куда смотрела модель, а не где болезнь.",
        "page": "страница {page} из {pages}",
    },
}
FINDINGS: Mapping[str, str] = {
    "atelectasis": "Ателектаз",
    "cardiomegaly": "Кардиомегалия",
    "consolidation": "Консолидация",
    "edema": "Отёк лёгких",
    "effusion": "Плевральный выпот",
    "emphysema": "Эмфизема",
    "fibrosis": "Фиброз",
    "hernia": "Грыжа пищеводного отверстия",
    "infiltration": "Инфильтрация",
    "mass": "Объёмное образование",
    "nodule": "Очаг",
    "pleural_thickening": "Утолщение плевры",
    "pneumonia": "Пневмония",
    "pneumothorax": "Пневмоторакс",
}
TERMS: Mapping[str, str] = {
    Certainty.NOT_ASSESSED: "не оценено",
    Certainty.UNLIKELY: "маловероятно",
    Certainty.POSSIBLE: "возможно",
    Certainty.PROBABLE: "вероятно",
    Certainty.VERY_LIKELY: "очень вероятно",
    Laterality.LEFT: "слева",
    Laterality.RIGHT: "справа",
    Laterality.BOTH: "с обеих сторон",
    Sex.FEMALE: "женский",
    Sex.MALE: "мужской",
    Sex.OTHER: "другой",
    Sex.UNKNOWN: "не указан",
    Verdict.ACCEPTED: "черновик ИИ без изменений",
    Verdict.EDITED: "черновик ИИ с правками",
    Verdict.REJECTED: "черновик ИИ отклонён",
    Verdict.UNAIDED: "написано без черновика",
}
"""Our own words for states, as Russian says them; English says them as they are."""
_ENGLISH: Mapping[str, str] = {
    Verdict.ACCEPTED: "the AI draft, unchanged",
    Verdict.EDITED: "the AI draft, edited",
    Verdict.REJECTED: "the AI draft was rejected",
    Verdict.UNAIDED: "written without a draft",
}


class Words:
    """The fixed words of a report in English, and in a second language when one was asked for.

    Args:
        second: a language of the patient pages, None for English alone.
    """

    def __init__(self, second: str | None = None) -> None:
        self.second = second if second in LANGUAGES and second != FIRST else None

    def say(self, name: str, **values: object) -> str:
        """A heading or a short phrase: both languages beside each other."""
        said = [PHRASES[language][name].format(**values) for language in self._languages]
        return " / ".join(dict.fromkeys(said))

    def looked_for(self, code: str, label: str) -> str:
        """What the heatmap explains, in each language with its own name of the finding."""
        names = {FIRST: label.lower(), "ru": FINDINGS[code].lower()}
        said = [PHRASES[language]["heatmap"].format(finding=names[language]) for language in self._languages]
        return " / ".join(said)

    def lines(self, name: str) -> list[str]:
        """A sentence, once in each language."""
        return [PHRASES[language][name] for language in self._languages]

    def finding(self, code: str, label: str) -> str:
        """A finding's name."""
        return f"{label} / {FINDINGS[code]}" if self.second else label

    def term(self, state: str) -> str:
        """One of our own words for a state."""
        english = _ENGLISH.get(state, str(state))
        return f"{english} / {TERMS[state]}" if self.second else english

    @property
    def _languages(self) -> list[str]:
        return [FIRST, self.second] if self.second else [FIRST]
