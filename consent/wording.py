"""The sentences patients agree to, by version and language; added, never edited.

A change of a single letter is a new version: what was signed keeps its hash, and a test pins the hash of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from consent.errors import ConsentError
from consent.record import Purpose

CURRENT = "2026-11"
LANGUAGES = {"en": "English", "ru": "Русский"}


@dataclass(frozen=True)
class Operator:
    """Who asks the patient and answers for the data; shown with the wording and printed on the receipt."""

    name: str
    contact: str


@dataclass(frozen=True)
class Section:
    """One subject of the text: what it is about, and short sentences about it."""

    heading: str
    sentences: Sequence[str]


@dataclass(frozen=True)
class Question:
    """One purpose, asked on its own; neither answer is given in advance."""

    purpose: Purpose
    question: str
    note: str
    allow: str
    refuse: str


@dataclass(frozen=True)
class Wording:
    """Everything a patient reads before signing, in one version and one language.

    `{operator}` and `{contact}` stand where the operator's own name and contact are shown; the hash is of the text
    with these two places open, so that it is the same in every house. `term` is how long a yes is valid, as the text
    says.
    """

    version: str
    language: str
    title: str
    sections: Sequence[Section]
    questions: Sequence[Question]
    statement: str
    term: timedelta

    @property
    def text(self) -> str:
        """The whole text as one string, line by line: what the hash is taken of."""
        lines = [self.title]
        for section in self.sections:
            lines += ["", section.heading, *section.sentences]
        for asked in self.questions:
            lines += ["", asked.question, asked.note, asked.allow, asked.refuse]
        return "\n".join([*lines, "", self.statement, ""])

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits of the exact text as UTF-8; stored with every signature under it."""
        return sha256(self.text.encode()).hexdigest()

    def named(self, operator: Operator) -> tuple[Section, ...]:
        """The sections as this house shows them, with the operator's name and contact filled in."""
        return tuple(
            Section(s.heading, tuple(_filled(sentence, operator) for sentence in s.sentences))
            for s in self.sections
        )

    def question(self, purpose: Purpose) -> Question:
        """What is asked about one purpose.

        Raises: ConsentError: this text does not ask about it.
        """
        for asked in self.questions:
            if asked.purpose == purpose:
                return asked
        raise ConsentError(f"The wording {self.version} does not ask about {purpose.value}.")


def _filled(sentence: str, operator: Operator) -> str:
    return sentence.replace("{operator}", operator.name).replace("{contact}", operator.contact)


_ENGLISH_2026_11 = Wording(
    version="2026-11",
    language="en",
    title="May a computer program take a first look at your chest X-ray?",
    sections=(
        Section(
            "Who asks you",
            (
                "This is a question from: {operator}.",
                "They are in charge of your data and must keep it safe.",
                "If something is not clear, please ask: {contact}.",
            ),
        ),
        Section(
            "What the AI does",
            (
                "AI is short for artificial intelligence. Here it is a computer program that has learned from many X-rays.",
                "It takes a first look at your chest X-ray and at values such as your blood pressure and blood sugar.",
                "It helps to put the X-rays that wait in order, so that urgent ones are read sooner. It can move your X-ray up. It never moves it down.",
                "When one X-ray moves up, others may wait a little longer.",
                "It writes a draft of the report.",
                "A doctor always looks at your X-ray, decides what it shows and signs the report. The AI decides nothing about your care.",
            ),
        ),
        Section(
            "What can go wrong",
            (
                "The AI can miss something that is there.",
                "It can report something that is not there.",
                "It can be less accurate for some groups of people. Age, sex, body size and the X-ray machine can play a part.",
                "A doctor may trust a wrong draft. That is why a doctor looks at every X-ray, and not only at the draft.",
            ),
        ),
        Section(
            "If you say no",
            (
                "Your care stays the same. A doctor reads your X-ray without the AI.",
                "We never put you later in the queue because you said no. Your place then comes from what your doctor asked for and from your measured values.",
                "The AI will not see your X-ray, so it cannot move it up either.",
            ),
        ),
        Section(
            "What data is used",
            (
                "For the first look: your chest X-rays, your age and sex, and the reason for the X-ray. Also measured values such as blood pressure, blood sugar, body temperature and oxygen.",
                "For training, and only if you say yes to it: the same data and the doctor's report. Your name, your number and your date of birth are taken out first.",
                "Your data is not sold and not used for ads.",
            ),
        ),
        Section(
            "Who sees it",
            (
                "The doctors and staff who care for you can see it. So can the people who keep the program running.",
                "Each look at your data is written down: who it was, and when.",
            ),
        ),
        Section(
            "How long",
            (
                "Your yes is valid for one year. After that we must ask you again.",
                "What the AI found is kept with your health record, for as long as the law says.",
                "We start new training with your data only while your yes to it is valid.",
            ),
        ),
        Section(
            "You can change your mind",
            (
                "You can take back your yes at any time. You do not have to say why.",
                "One tap on your personal page is enough. You can also just tell us.",
                "From then on the AI does not look at your X-rays. What it found is hidden from your doctors at once. A report that a doctor has signed stays as it is.",
                "What a program has already learned from your data cannot always be taken out again.",
            ),
        ),
    ),
    questions=(
        Question(
            Purpose.AI_READING,
            "May the AI take a first look at my chest X-rays?",
            "A doctor reads them in any case.",
            "Yes, I allow it",
            "No, I do not allow it",
        ),
        Question(
            Purpose.TRAINING,
            "May my data be used to train the AI?",
            "Your care does not depend on this. You can answer yes to one question and no to the other.",
            "Yes, I allow it",
            "No, I do not allow it",
        ),
    ),
    statement="I have read this text. I answer of my own free will, and I sign with my name.",
    term=timedelta(days=365),
)

_RUSSIAN_2026_11 = Wording(
    version="2026-11",
    language="ru",
    title="Можно ли компьютерной программе первой посмотреть рентген вашей грудной клетки?",
    sections=(
        Section(
            "Кто вас спрашивает",
            (
                "Этот вопрос задаёт: {operator}.",
                "Эта организация отвечает за ваши данные и обязана их беречь.",
                "Если что-то непонятно, спросите: {contact}.",
            ),
        ),
        Section(
            "Что делает ИИ",
            (
                "ИИ — это искусственный интеллект. Здесь это компьютерная программа, которая училась на множестве снимков.",
                "Она первой смотрит на снимок вашей грудной клетки и на показатели, например на давление и сахар крови.",
                "Она помогает расставить снимки в очереди, чтобы срочные прочли раньше. Она может поднять ваш снимок в очереди. Опустить его она не может.",
                "Когда один снимок поднимается, другие могут ждать чуть дольше.",
                "Она пишет черновик заключения.",
                "Ваш снимок всегда смотрит врач. Врач решает, что на нём видно, и подписывает заключение. О вашем лечении ИИ ничего не решает.",
            ),
        ),
        Section(
            "Что может пойти не так",
            (
                "ИИ может не заметить то, что есть на снимке.",
                "ИИ может сообщить о том, чего на снимке нет.",
                "Для некоторых людей ИИ может быть менее точным. На это влияют возраст, пол, телосложение и рентгеновский аппарат.",
                "Врач может поверить ошибочному черновику. Поэтому врач смотрит каждый снимок, а не только черновик.",
            ),
        ),
        Section(
            "Если вы скажете «нет»",
            (
                "Ваше лечение не изменится. Снимок прочтёт врач, без ИИ.",
                "За отказ мы никогда не сдвинем вас назад в очереди. Ваше место тогда зависит от назначения врача и от ваших показателей.",
                "ИИ не увидит ваш снимок, поэтому и поднять его в очереди не сможет.",
            ),
        ),
        Section(
            "Какие данные нужны",
            (
                "Для первого просмотра: снимки грудной клетки, возраст и пол, причина снимка и показатели. Это, например, давление, сахар крови, температура и кислород.",
                "Для обучения, и только если вы ответите «да»: те же данные и заключение врача. Ваше имя, ваш номер и дату рождения сначала убирают.",
                "Ваши данные не продают и не используют для рекламы.",
            ),
        ),
        Section(
            "Кто их видит",
            (
                "Их видят врачи и сотрудники, которые вас лечат. Их видят и те, кто следит за работой программы.",
                "Каждый просмотр ваших данных записывается: кто смотрел и когда.",
            ),
        ),
        Section(
            "Как долго",
            (
                "Ваше «да» действует один год. Потом мы обязаны спросить вас снова.",
                "То, что нашёл ИИ, хранится в вашей медицинской карте столько, сколько требует закон.",
                "Новое обучение на ваших данных мы начинаем, только пока действует ваше «да» на обучение.",
            ),
        ),
        Section(
            "Вы можете передумать",
            (
                "Вы можете отозвать своё «да» в любое время. Объяснять причину не нужно.",
                "Достаточно одного нажатия на вашей личной странице. Можно и просто сказать нам.",
                "С этого момента ИИ не смотрит ваши снимки. То, что он нашёл, сразу скрывается от врачей. Заключение, которое врач уже подписал, остаётся.",
                "То, чему программа уже научилась на ваших данных, не всегда можно убрать.",
            ),
        ),
    ),
    questions=(
        Question(
            Purpose.AI_READING,
            "Можно ли ИИ первым смотреть снимки моей грудной клетки?",
            "Врач прочтёт их в любом случае.",
            "Да, разрешаю",
            "Нет, не разрешаю",
        ),
        Question(
            Purpose.TRAINING,
            "Можно ли обучать ИИ на моих данных?",
            "Ваше лечение от этого не зависит. На один вопрос можно ответить «да», а на другой «нет».",
            "Да, разрешаю",
            "Нет, не разрешаю",
        ),
    ),
    statement="Я прочитал(а) этот текст. Я отвечаю по своей воле и подписываюсь своим именем.",
    term=timedelta(days=365),
)

WORDINGS = {(w.version, w.language): w for w in (_ENGLISH_2026_11, _RUSSIAN_2026_11)}
"""Every text that was ever shown, by version and language."""


def wording(version: str, language: str) -> Wording:
    """Find the text of one version in one language, as it was and stays.

    Raises: ConsentError: there is no such text.
    """
    found = WORDINGS.get((version, language))
    if found is None:
        raise ConsentError(f"There is no consent text of version {version} in the language {language}.")
    return found
