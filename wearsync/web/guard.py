"""Who may come in: by which name, from where, with what; pure but for the token's slowness, which is
`token`'s.

Rule: what a browser says of itself (`Host`, `Origin`, `Sec-Fetch-Site`) keeps other sites out of it; the
token keeps other people out. Addresses that a proxy claims (`X-Forwarded-For`) are believed in one direction
only: somebody came from elsewhere.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from wearsync.web.address import PageSettings, is_loopback, literal, named_host

COOKIE_PREFIX = "wearsync-page-"
# What holds nothing private; also below it.
OPEN, OPEN_BELOW = ("/", "/healthz"), "/static/"
# Headers by which a proxy tells that it is one.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Of a request, what decides. `headers`: names in lower case; `peer`: whose connection it is."""

    method: str
    path: str
    headers: Mapping[str, str]
    peer: str

    @property
    def host(self) -> str | None:
        """Whom it takes us for."""
        return named_host(self.headers.get("host", ""))

    @property
    def is_api(self) -> bool:
        """More than the page's own files, which are everybody's. Told by what is open, not by what is not: a
        path that the router takes for another one (`/metrics%0a` is `/metrics` to it) opens nothing.
        """
        return self.path not in OPEN and not self.path.startswith(OPEN_BELOW)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, as it is answered."""

    status: int
    error: str
    text: str


MISDIRECTED = Refusal(
    421, "Misdirected", "this page does not go by that name: add it to hosts in [web] of the configuration"
)
NOT_THE_SUPERVISOR = Refusal(403, "UsageError", "this page is only for Home Assistant, which shows it itself")
OTHER_SITE = Refusal(403, "UsageError", "this came from another site's page, and is not done")
SIGN_IN = Refusal(
    401, "SignIn", "the page wants its token: scan the QR code that `wearsync page` shows, or type the token"
)


class Guard:
    """The rules of one page. `names`: what this computer is called."""

    def __init__(self, settings: PageSettings, names: tuple[str, ...] | None = None) -> None:
        self._settings = settings
        own = own_names() if names is None else names
        self._names = frozenset(each.rstrip(".").lower() for each in (*own, *settings.hosts))
        ancestors = "'self'" if settings.ingress else "'none'"
        self.headers = {
            "Content-Security-Policy": CSP + ancestors,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if settings.certificate is not None or settings.listen.is_loopback:
            # Browsers take it from origins that they trust, and complain of it from others.
            self.headers["Cross-Origin-Opener-Policy"] = "same-origin"

    def refusal(self, asked: Asked) -> Refusal | None:
        """Why this can't go on, whatever it shows; None: it can."""
        if self._settings.ingress:
            if asked.path != "/healthz" and asked.peer not in self._settings.ingress_from:
                return NOT_THE_SUPERVISOR
        elif not self._is_ours(asked.host):
            return MISDIRECTED
        if asked.is_api and not self._is_own_page(asked):
            return OTHER_SITE
        return None

    def needs_token(self, asked: Asked) -> bool:
        """Who comes from elsewhere shows the token, by themselves or by a proxy; who is here need not."""
        settings = self._settings
        if settings.ingress or not asked.is_api or asked.path == "/api/session":
            return False
        is_here = settings.listen.is_loopback and is_loopback(asked.host or "")
        return settings.always_ask or not is_here or any(name in asked.headers for name in FORWARDED)

    def _is_ours(self, host: str | None) -> bool:
        """A name that somebody else's DNS leads to us is not ours (DNS rebinding); an address can't lead
        anywhere else.
        """
        if host is None:
            return False
        if is_loopback(host) or host in self._names:
            return True
        return literal(host) is not None and not self._settings.listen.is_loopback

    def _is_own_page(self, asked: Asked) -> bool:
        site = asked.headers.get("sec-fetch-site")
        if site is not None:  # a browser's own word, which no page can change; older ones don't say it
            return site in ("same-origin", "none")
        origin = asked.headers.get("origin")
        if origin is None:
            # Each browser names its origin when it posts; who has no cookie has no browser's powers.
            return asked.method in ("GET", "HEAD") or COOKIE_PREFIX not in asked.headers.get("cookie", "")
        # Behind the Supervisor only Home Assistant knows what it is called.
        ours = "x-forwarded-host" if self._settings.ingress else "host"
        return ours not in asked.headers or _netloc(origin) == _netloc("//" + asked.headers[ours])


def own_names() -> tuple[str, ...]:
    """What this computer is called; also in the local network (mDNS)."""
    name = socket.gethostname()
    return (name, f"{name.partition('.')[0]}.local")


def _netloc(url: str) -> tuple[str | None, int | None]:
    """Host and port; a port that goes without saying is None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "?", None
    return parts.hostname, None if port in (80, 443) else port
