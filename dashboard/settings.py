"""What the environment says about this installation, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from triage.call_list import BadCallList, CallList, parse
from triage.errors import BadLevels
from triage.levels import SHIPPED, Levels, read_levels

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SHORTEST_SECRET = 32  # bytes; whoever guesses the cookie secret can sign in as anybody
_DATABASES = ("postgresql", "postgres", "postgresql+psycopg")


class SettingsError(Exception):
    """A setting is missing or unusable; the sentence names it and says what to set."""


@dataclass(frozen=True)
class Notices:
    """How people are called on outside the screens; without a mail server and a webhook they are not.

    Args:
        smtp_url: `smtp://user:password@host:587` (STARTTLS, unless the host is this machine) or `smtps://…`.
        sender: the address that notices come from.
        to: who gets every notice, beside the person on the call list who has an address.
        webhook_url: takes each notice as signed JSON.
        webhook_secret: signs it.
    """

    smtp_url: str | None = field(default=None, repr=False)
    sender: str = ""
    to: tuple[str, ...] = ()
    webhook_url: str | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.smtp_url is not None:
            parts = urlsplit(self.smtp_url)
            if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
                raise SettingsError("FIRSTREAD_SMTP_URL must look like smtp://user:password@host:587.")
            if "@" not in self.sender:
                raise SettingsError("Set FIRSTREAD_NOTICE_FROM to the address that notices come from.")
        if not all(_is_address(a) for a in (*self.to, *filter(None, [self.sender]))):
            raise SettingsError(
                "FIRSTREAD_NOTICE_FROM and FIRSTREAD_NOTICE_TO take mail addresses, separated by commas."
            )
        if self.webhook_url is not None:
            _check_address("FIRSTREAD_WEBHOOK_URL", self.webhook_url)
            if len((self.webhook_secret or "").encode()) < SHORTEST_SECRET:
                raise SettingsError(
                    f"Set FIRSTREAD_WEBHOOK_SECRET to at least {SHORTEST_SECRET} random bytes; it signs each notice."
                )

    @classmethod
    def said(cls, environment: Mapping[str, str]) -> "Notices":
        """Read what FIRSTREAD_SMTP_URL, FIRSTREAD_NOTICE_* and FIRSTREAD_WEBHOOK_* say. Raises: SettingsError."""
        to = environment.get("FIRSTREAD_NOTICE_TO", "").split(",")
        return cls(
            smtp_url=environment.get("FIRSTREAD_SMTP_URL"),
            sender=environment.get("FIRSTREAD_NOTICE_FROM", ""),
            to=tuple(address.strip() for address in to if address.strip()),
            webhook_url=environment.get("FIRSTREAD_WEBHOOK_URL"),
            webhook_secret=environment.get("FIRSTREAD_WEBHOOK_SECRET"),
        )


def _is_address(said: str) -> bool:
    return said.count("@") == 1 and said.isprintable() and not any(c.isspace() or c in ",;<>" for c in said)


@dataclass(frozen=True)
class Settings:
    """One installation: where its files lie, which database and sign-in provider it uses, and its public address.

    `operator` and `operator_contact` say who asks patients for consent; without them only a demo may ask.
    `database_url` is None for the embedded PostgreSQL under `home`. `owner_url` may change tables and is used by
    migrations alone. The sign-in fields are None until a provider is named. `demo` is True only in the processes
    that `firstread demo` started.
    """

    home: Path
    url: str = "http://127.0.0.1:8501"
    database_url: str | None = field(default=None, repr=False)
    owner_url: str | None = field(default=None, repr=False)
    files_url: str = ""
    oidc_metadata_url: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = field(default=None, repr=False)
    cookie_secret: str | None = field(default=None, repr=False)
    model: Path | None = None
    operator: str | None = None
    operator_contact: str | None = None
    demo: bool = False
    notices: Notices = field(default_factory=Notices)
    call_list: CallList = field(default_factory=CallList)
    levels: Levels = field(default=SHIPPED, repr=False)

    def __post_init__(self) -> None:
        _check_address("FIRSTREAD_URL", self.url)
        for name, url in (
            ("FIRSTREAD_DATABASE_URL", self.database_url),
            ("FIRSTREAD_OWNER_URL", self.owner_url),
        ):
            if url is not None and urlsplit(url).scheme not in _DATABASES:
                raise SettingsError(
                    f"{name} must name a PostgreSQL server, like postgresql://user@host/firstread."
                )
        if self.cookie_secret is not None and len(self.cookie_secret.encode()) < SHORTEST_SECRET:
            raise SettingsError(
                f"FIRSTREAD_COOKIE_SECRET is shorter than {SHORTEST_SECRET} bytes; make a random one."
            )
        if self.oidc_metadata_url is not None:
            _check_address("FIRSTREAD_OIDC_METADATA_URL", self.oidc_metadata_url)
        if self.model is not None and not self.model.is_dir():
            raise SettingsError(
                "FIRSTREAD_MODEL names no folder; give the local folder of a model, or unset it."
            )
        if not self.files_url:
            object.__setattr__(self, "files_url", str(self.home / "files"))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read what FIRSTREAD_* variables say.

        Raises: SettingsError: a variable is unusable; the sentence names it.
        """
        said = {
            k: v.strip() for k, v in (os.environ if environment is None else environment).items() if v.strip()
        }
        model = said.get("FIRSTREAD_MODEL")
        home = Path(said.get("FIRSTREAD_HOME", "~/.firstread")).expanduser().absolute()
        return cls(
            home=home,
            url=said.get("FIRSTREAD_URL", cls.url).rstrip("/"),
            database_url=said.get("FIRSTREAD_DATABASE_URL"),
            owner_url=said.get("FIRSTREAD_OWNER_URL"),
            files_url=said.get("FIRSTREAD_FILES_URL", ""),
            oidc_metadata_url=said.get("FIRSTREAD_OIDC_METADATA_URL"),
            oidc_client_id=said.get("FIRSTREAD_OIDC_CLIENT_ID"),
            oidc_client_secret=said.get("FIRSTREAD_OIDC_CLIENT_SECRET"),
            cookie_secret=said.get("FIRSTREAD_COOKIE_SECRET"),
            model=Path(model).expanduser().absolute() if model else None,
            operator=said.get("FIRSTREAD_OPERATOR"),
            operator_contact=said.get("FIRSTREAD_OPERATOR_CONTACT"),
            demo=said.get("FIRSTREAD_DEMO") == "1",
            notices=Notices.said(said),
            call_list=_call_list(said.get("FIRSTREAD_CALL_LIST")),
            levels=site_levels(home, said.get("FIRSTREAD_LEVELS")),
        )

    @property
    def host(self) -> str:
        """The host name that browsers use."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port that browsers use."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def sign_in_configured(self) -> bool:
        """Say whether a sign-in provider and a cookie secret are set."""
        try:
            self.check_sign_in()
        except SettingsError:
            return False
        return True

    def check_sign_in(self) -> None:
        """Refuse to show anything to anybody before a sign-in provider is named.

        Raises: SettingsError: naming the variables that are missing.
        """
        needed = {
            "FIRSTREAD_OIDC_METADATA_URL": self.oidc_metadata_url,
            "FIRSTREAD_OIDC_CLIENT_ID": self.oidc_client_id,
            "FIRSTREAD_OIDC_CLIENT_SECRET": self.oidc_client_secret,
            "FIRSTREAD_COOKIE_SECRET": self.cookie_secret,
        }
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise SettingsError(f"Nobody can sign in yet: set {', '.join(missing)}.")


def site_levels(home: Path, path: str | None) -> Levels:
    """Read the site's table of levels: the named one, else levels.toml in the home folder, else the shipped one.

    Raises: SettingsError: the table cannot be used; the sentence names the row.
    """
    named = Path(path).expanduser() if path else home / "levels.toml"
    if path is None and not named.exists():
        return SHIPPED
    try:
        return read_levels(named)
    except BadLevels as wrong:
        raise SettingsError(str(wrong)) from wrong


def _call_list(path: str | None) -> CallList:
    if path is None:
        return CallList()
    try:
        return parse(Path(path).expanduser().read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError("FIRSTREAD_CALL_LIST names no file that can be read.") from e
    except BadCallList as e:
        raise SettingsError(f"FIRSTREAD_CALL_LIST: {e}") from e


def _check_address(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{name} is not a web address like https://firstread.example.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise SettingsError(f"{name} leaves this machine without TLS; give an https:// address.")
