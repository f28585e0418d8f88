"""From `[web]`, or the command line, to a page that may be served: address parsed, files found.

Rule: what can't be right is told by the key that says it, before anything is started.
"""

from collections.abc import Callable
from pathlib import Path

from wearsync.config.credentials import Credentials
from wearsync.config.sections import WebSettings
from wearsync.errors import ConfigError
from wearsync.web.address import PageSettings, parse_listen
from wearsync.web.tls import context_of


def page_of(
    web: WebSettings,
    *,
    named: str | None,
    directory: Path,
    state_dir: Path,
    place_of: Callable[[str], str],
    credentials: Credentials,
    secrets: bool,
) -> PageSettings | None:
    """The page; None: there is to be none. `named`: by the command line, in `listen`'s place; `directory`:
    where relative files are; `place_of(key)`: where a key was written, for messages; `secrets` False: without
    a look at the files. Raises `ConfigError`.
    """
    text = named if named is not None else web.listen
    if text is None:
        return None
    place = "--web" if named is not None else place_of("listen")
    try:
        listen = parse_listen(text)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error}") from error

    def found(key: str, file: Path | None) -> Path | None:
        if file is None:
            return None
        path = directory / file.expanduser()
        if secrets and not path.is_file():
            raise ConfigError(f"{place_of(key)}: {path} can't be read: there is no such file")
        return path

    certificate, key = found("certificate_file", web.certificate_file), found("key_file", web.key_file)
    if (certificate is None) != (key is None):
        said, missing = ("key_file", "certificate_file") if key else ("certificate_file", "key_file")
        raise ConfigError(f"{place_of(said)}: TLS needs both: {missing} is missing")
    if secrets and certificate is not None and key is not None:
        credentials.refuse_shared(key)
        context_of(certificate, key)
    token_file = web.token_file and directory / web.token_file.expanduser()
    return PageSettings(
        listen=listen,
        token_file=token_file or state_dir / "page-token",
        hosts=web.hosts,
        certificate=certificate,
        key=key,
        always_ask=web.always_ask,
        ingress=web.ingress,
    )
