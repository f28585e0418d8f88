"""The configuration, the secrets that it names, and the watches' keys.

Rule: what is wrong is said as `config check` says it; no secret is shown, only its file.
"""

from collections.abc import AsyncGenerator, Iterator

from wearsync.config import Settings
from wearsync.config.credentials import SharedSecret
from wearsync.daemon.keys import KeyStore, SharedKeys
from wearsync.doctor.case import Case, aside
from wearsync.doctor.check import Check
from wearsync.doctor.findings import configuration as found
from wearsync.errors import ConfigError


async def look(case: Case) -> AsyncGenerator[Check, None]:
    """Configuration, secrets, keys."""
    yield _config(case)
    settings = case.settings
    if settings is None:
        return
    yield _secrets(case)
    yield await aside(lambda: keys(settings))


def keys(settings: Settings) -> Check:
    """The file of the watches' keys."""
    file = settings.paths.keys
    try:
        count = len(KeyStore(file).entries())
    except SharedKeys:
        return found.KEYS_SHARED.told(file=file)
    except ConfigError as error:
        cause = error.__cause__
        if isinstance(cause, OSError):
            return found.KEYS_UNREADABLE.told(file=file, error=cause.strerror or cause)
        return found.KEYS_DAMAGED.told(file=file)
    return found.KEYS.told(count=_counted(count), file=file) if count else found.KEYS_NONE.told()


def _counted(count: int) -> str:
    return "1 key" if count == 1 else f"{count} keys"


def _config(case: Case) -> Check:
    settings, error = case.settings, case.config_error
    if settings is None:
        cause = error.__cause__ if error else None
        if isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError):
            return found.CONFIG_UNREADABLE.told(
                file=case.request.config_file or "the configuration", error=cause.strerror or cause
            )
        return found.CONFIG_WRONG.told(error=error)
    if not settings.source.exists():
        return found.CONFIG_NONE.told(file=settings.source)
    return found.CONFIG.told(file=settings.source, site=settings.site, watches=len(settings.watches))


def _secrets(case: Case) -> Check:
    error = case.secrets_error
    if error is None:
        return found.SECRETS.told(which=_which(case.with_secrets))
    shared = next((each for each in _causes(error) if isinstance(each, SharedSecret)), None)
    if shared is not None:
        finding = found.SECRET_SHARED if shared.is_ours else found.SECRET_NOT_OURS
        return finding.told(file=shared.file)
    return found.SECRET_UNUSABLE.told(error=error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__


def _which(settings: Settings | None) -> str:
    broker = settings.broker if settings else None
    there = []
    if broker is not None and broker.password:
        there.append("password")
    if broker is not None and broker.client_key:
        there.append("key")
    return f"{' and '.join(there)} for the broker, private" if there else "the broker is given none"
