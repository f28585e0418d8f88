"""What keeps one part's fault from being everybody's: a watch's defect, the journal's bad hour.

Rule: what is expected to go wrong, and is not to be waited for, goes on to whoever runs the daemon.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from wearsync.daemon.connector import Connector
from wearsync.daemon.watch_task import WatchTask
from wearsync.errors import StorageError, WearsyncError

# A disk that is full or stuck needs a person; until then a line in the log each time is enough.
STORAGE_RETRY_S = 10.0
# What brought a defect out comes again: once a minute it can be found in the log, and harms nobody.
DEFECT_RETRY_S = 60.0

log = logging.getLogger(__name__)


async def fenced(task: WatchTask, connector: Connector) -> None:
    """Run a watch for ever. A defect that it brings out in us does not take the daemon and other watches
    along; the state is folded anew, and what was not committed comes again.
    """
    while True:
        try:
            await task.run()
        except WearsyncError:
            raise
        except Exception:  # the border between one watch and all else; docs/decisions/0007
            log.exception("watch.failed watch=%s", task.identity.name)
        connector.drop("a fault of ours, see the log")
        await asyncio.sleep(DEFECT_RETRY_S)


async def patiently(service: Callable[[], Awaitable[None]]) -> None:
    """Run a service for ever; the journal's faults only stop it for a while."""
    while True:
        try:
            await service()
        except* StorageError as errors:
            log.error("journal.failed reason=%s", first(errors))
        await asyncio.sleep(STORAGE_RETRY_S)


def first(errors: BaseExceptionGroup[WearsyncError]) -> WearsyncError:
    """The first of expected errors."""
    found: BaseException = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    if not isinstance(found, WearsyncError):
        raise TypeError("a group of expected errors holds another one") from found
    return found
