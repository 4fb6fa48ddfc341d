"""What every answer tells the browser: whom to trust, what to keep, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from dashboard.sign_in import LASTS_FOR

ENDED_HEADER = "x-firstread-ended"
"""Tells our screen why its visitor is signed in no more; a browser cannot send it."""
Headers = list[tuple[bytes, bytes]]

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_KEPT_NOWHERE = ("/api", "/media", "/auth", "/oauth2callback", "/p", "/healthz", "/readyz")
_PATIENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def under(path: str, *roots: str) -> bool:
    """Say whether a path is one of these roots or lies below one."""
    return any(path == root or path.startswith(f"{root}/") for root in roots)


@dataclass(frozen=True)
class HeaderRules:
    """The headers of one installation.

    `inline` holds the CSP sources of the scripts written into Streamlit's own page.
    """

    url: str
    inline: Sequence[str] = ()

    @property
    def secure(self) -> bool:
        """Whether browsers reach us through TLS; only then can a cookie be for TLS alone."""
        return self.url.startswith("https://")

    def screen_policy(self) -> str:
        """The content security policy of the clinicians' screens."""
        parts = urlsplit(self.url)
        socket = f"{'wss' if self.secure else 'ws'}://{parts.netloc}"
        return (
            f"default-src 'self'; script-src 'self' 'wasm-unsafe-eval' {' '.join(self.inline)}; "
            f"style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
            f"connect-src 'self' {socket}; worker-src 'self' blob:; form-action 'self'; "
            "frame-ancestors 'none'; object-src 'none'; base-uri 'self'"
        )

    def apply(self, path: str, headers: Headers) -> Headers:
        """The headers an answer leaves with.

        Args:
            path: what was asked for.
            headers: as the application wrote them; a policy it wrote itself for a patient page is kept.
        """
        patient = under(path, "/p")
        ours = dict(_ALWAYS)
        ours["referrer-policy"] = "no-referrer" if patient else "same-origin"
        written = {name.lower() for name, _ in headers}
        if not (patient and b"content-security-policy" in written):
            ours["content-security-policy"] = _PATIENT_POLICY if patient else self.screen_policy()
        if under(path, *_KEPT_NOWHERE):
            ours["cache-control"] = "private, no-store"
        if self.secure:
            ours["strict-transport-security"] = "max-age=31536000; includeSubDomains"
        replaced = {name.encode() for name in ours} | {b"server"}
        kept = [(n, self._cookie(v) if n.lower() == b"set-cookie" else v) for n, v in headers]
        return [h for h in kept if h[0].lower() not in replaced] + [
            (name.encode(), value.encode()) for name, value in ours.items()
        ]

    def _cookie(self, value: bytes) -> bytes:
        """Shorten a cookie's life to a sign-in's, and keep it to TLS where there is TLS."""
        pieces = [piece.strip() for piece in value.decode("latin-1").split(";")]
        shortened = [_at_most(piece) for piece in pieces]
        if self.secure and "secure" not in {piece.lower() for piece in pieces}:
            shortened.append("Secure")
        return "; ".join(shortened).encode("latin-1")


def _at_most(piece: str) -> str:
    name, _, value = piece.partition("=")
    longest = int(LASTS_FOR.total_seconds())
    if name.lower() == "max-age" and value.isdigit():
        return f"Max-Age={min(int(value), longest)}"
    return piece


def cookies_in(headers: Headers) -> dict[str, str]:
    """The cookies an answer sets, by name."""
    pairs = [
        value.decode("latin-1").split(";", 1)[0].partition("=")
        for name, value in headers
        if name.lower() == b"set-cookie"
    ]
    return {name.strip(): value.strip() for name, _, value in pairs}
