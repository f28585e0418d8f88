"""The broker, step by step, as the daemon will need it; and Home Assistant behind it.

Rule: what a step finds is `publish.probe`'s; here it gets its words. After a step that fails there is no next
one.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from wearsync.config import Settings
from wearsync.doctor.case import Case
from wearsync.doctor.check import Check, Finding
from wearsync.doctor.findings import broker as found
from wearsync.doctor.storage import in_bytes
from wearsync.errors import BrokerUnavailable
from wearsync.publish.address import BrokerAddress, is_loopback
from wearsync.publish.probe import StepFailed, Trouble, Visit, agree, reach, visit
from wearsync.publish.tls import CertificateUnfit
from wearsync.publish.topics import base

# Authorities renew theirs a month ahead; who does it by hand needs some days.
SOON = timedelta(days=14)
# The announcement of a watch to Home Assistant, and room for more of it.
NEEDED_BYTES = 32_000

_FINDINGS: dict[Trouble, Finding] = {
    Trouble.NO_NAME: found.NO_NAME,
    Trouble.REFUSES: found.REFUSES,
    Trouble.SILENT: found.SILENT,
    Trouble.UNREACHED: found.UNREACHED,
    Trouble.NOT_TLS: found.TLS_NOT_SPOKEN,
    Trouble.CERTIFICATE_EXPIRED: found.TLS_EXPIRED,
    Trouble.CERTIFICATE_OF_OTHER: found.TLS_OTHER_HOST,
    Trouble.CERTIFICATE_UNTRUSTED: found.TLS_UNTRUSTED,
    Trouble.NEEDS_PASSWORD: found.NEEDS_PASSWORD,
    Trouble.WRONG_PASSWORD: found.WRONG_PASSWORD,
    Trouble.NOT_MQTT_5: found.NOT_MQTT_5,
    Trouble.KEEPS_NOTHING: found.KEEPS_NOTHING,
    Trouble.HANGS_UP: found.LOGIN_HANGS_UP,
    Trouble.REFUSED: found.LOGIN_REFUSED,
}


async def look(case: Case) -> AsyncGenerator[Check, None]:
    """Reach, TLS, login, publish, commands, keeps, Home Assistant."""
    settings = case.with_secrets or case.settings
    if settings is None:
        return
    address, within_s = settings.broker, case.request.patience_s
    try:
        await reach(address, within_s=within_s)
        yield found.REACHED.told(url=address.url)
        yield await _tls(address, within_s)
        if case.with_secrets is None:
            yield found.LOGIN_NO_SECRETS.told()
            return
        async with AsyncExitStack() as stack:
            visiting = await stack.enter_async_context(visit(address, site=settings.site, within_s=within_s))
            yield found.LOGIN.told(user=_user(address))
            async for check in _visited(visiting, settings):
                yield check
    except StepFailed as error:
        yield told(error, address)
    except BrokerUnavailable as error:
        yield found.LOGIN_REFUSED.told(error=error)


def without_tls(address: BrokerAddress) -> Check:
    """Whether plain text will do."""
    return (found.TLS_NONE if is_loopback(address.host) else found.TLS_PLAIN).told(host=address.host)


def told(error: StepFailed, address: BrokerAddress) -> Check:
    """What a step has run into, in the doctor's words."""
    return _FINDINGS[error.trouble].told(
        host=address.host,
        port=address.port,
        url=address.url,
        user=repr(address.username),
        error=error,
    )


def keeps(*, is_kept: bool, largest: int | None) -> Check:
    """What becomes of messages. `is_kept`: a retained one was there; `largest`: in bytes, None: no limit."""
    if not is_kept:
        return found.KEEPS_NOT.told()
    if largest is not None and largest < NEEDED_BYTES:
        return found.KEEPS_SMALL.told(limit=in_bytes(largest), needed=in_bytes(NEEDED_BYTES))
    return found.KEEPS.told(limit="" if largest is None else f", messages up to {in_bytes(largest)}")


async def _tls(address: BrokerAddress, within_s: float) -> Check:
    if not address.tls:
        return without_tls(address)
    try:
        agreed = await agree(address, within_s=within_s)
    except CertificateUnfit as error:
        raise StepFailed(Trouble.CERTIFICATE_UNTRUSTED, error.text) from error
    finding = found.TLS_SOON if agreed.until - datetime.now(UTC) < SOON else found.TLS
    return finding.told(host=address.host, version=agreed.version, until=f"{agreed.until:%Y-%m-%d}")


async def _visited(visiting: Visit, settings: Settings) -> AsyncGenerator[Check, None]:
    values = {"base": base(settings.site), "user": _user(settings.broker)}
    refused = await visiting.publish()
    yield (found.PUBLISH if refused is None else found.PUBLISH_DENIED).told(error=refused, **values)
    arrives = await visiting.command()
    match arrives:
        case True:
            yield found.COMMANDS.told(**values)
        case False:
            yield found.COMMANDS_DENIED.told(**values)
        case None:
            yield found.COMMANDS_UNKNOWN.told(**values)
    yield await _keeps(visiting, can_be_tried=arrives is True)
    yield await _home_assistant(visiting, settings)


def _user(address: BrokerAddress) -> str:
    return f"as {address.username}" if address.username else "without a user name"


async def _keeps(visiting: Visit, *, can_be_tried: bool) -> Check:
    is_kept = not can_be_tried or await visiting.kept()
    return keeps(is_kept=is_kept, largest=visiting.largest_packet)


async def _home_assistant(visiting: Visit, settings: Settings) -> Check:
    if not settings.home_assistant.enabled:
        return found.HOME_ASSISTANT_OFF.told()
    topic = f"{settings.home_assistant.prefix}/status"
    said = await visiting.retained(topic)
    if said is None:
        return found.HOME_ASSISTANT_UNSEEN.told(topic=topic)
    finding = found.HOME_ASSISTANT_AWAY if said == "offline" else found.HOME_ASSISTANT
    return finding.told(topic=topic, said=said)
