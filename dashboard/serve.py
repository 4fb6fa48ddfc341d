"""`firstread serve`: the web server of a real installation."""

import argparse
import socket

from dashboard import children, logbook
from dashboard.console import Console
from dashboard.demo_home import is_demo_home
from dashboard.settings import Settings, SettingsError


def run(asked: argparse.Namespace, console: Console) -> int:
    """Serve until told to stop.

    Raises: SettingsError: nobody could sign in, or the home folder is a demo's.
    """
    settings = Settings.from_environment()
    settings.check_sign_in()
    if is_demo_home(settings.home) and not settings.demo:
        raise SettingsError(f"{settings.home} holds a demo; set FIRSTREAD_HOME to another folder.")
    check_port(asked.host, asked.port)
    console.answer(
        {"url": settings.url, "host": asked.host, "port": asked.port}, f"Firstread serves {settings.url}."
    )
    serve(settings, asked.host, asked.port)
    return 0


def check_port(host: str, port: int) -> None:
    """Raises: SettingsError: somebody else listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} on {host} cannot be used ({error.strerror}); give another --port."
            ) from error


def serve(settings: Settings, host: str, port: int) -> None:
    """Run the one web process: screens, uploads, images and patient pages."""
    import uvicorn

    children.follow_parent()
    logbook.open_log(settings.home, "web")
    uvicorn.run(
        "dashboard.asgi:app",
        factory=True,
        host=host,
        port=port,
        log_config=None,
        access_log=False,  # addresses carry search words and tokens
        server_header=False,
        proxy_headers=True,
        timeout_graceful_shutdown=3,
    )
