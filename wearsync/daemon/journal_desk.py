"""What people ask of the journal, with a running daemon or without: holds by hand, backups, deleting.

Rule: whoever asks has the journal open, and nobody else has; who is told afterwards is theirs to see to.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from wearsync.control.calls import AmendParams, DeleteParams, LogParams
from wearsync.control.results import BackupResult, Done, HoldsResult
from wearsync.daemon import logbook
from wearsync.errors import StorageError, UsageError
from wearsync.journal import backup
from wearsync.ports import Clock, Erasure, Journal
from wearsync.publish import events


class JournalDesk:
    """`directory`: of the daily backups; `entropy(n)`: n random bytes."""

    def __init__(
        self,
        *,
        journal: Journal,
        clock: Clock,
        entropy: Callable[[int], bytes],
        directory: Path,
        publish_pain: bool,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._entropy = entropy
        self._directory = directory
        self.publish_pain = publish_pain

    async def log(self, call: LogParams, wearer: str) -> Done:
        """Write a hold down that was done without a watch."""
        hold = logbook.logged_hold(
            call.side, call.seconds, call.variant, now=self._clock.now(), entropy=self._entropy(16)
        )
        await self._journal.commit(logbook.commit_of(hold, wearer=wearer))
        return Done(text=f"{call.side.value}: {hold.credited_s:.0f} s credited to {wearer}")

    async def amend(self, call: AmendParams) -> tuple[str, Done]:
        """Correct a hold; gives whose it is too. Raises `UsageError` for an id that is not known."""
        found = await self._journal.hold(call.hold)
        if found is None:
            raise UsageError(
                f"there is no hold {call.hold}, or it was taken back: `wearsync holds` lists those that are"
            )
        wearer, hold = found
        after, commit = logbook.amended(
            hold,
            wearer=wearer,
            seconds=call.seconds,
            side=call.side,
            void=call.void,
            now=self._clock.now(),
            entropy=self._entropy(16),
            publish_pain=self.publish_pain,
        )
        await self._journal.commit(commit)
        if call.void:
            return wearer, Done(text=f"that hold of {wearer} counts for nothing any more")
        return wearer, Done(text=f"{after.side.value}: {after.credited_s:.0f} s credited to {wearer}")

    async def back_up(self, to: str | None = None) -> BackupResult:
        """Copy the journal: to that path, or as today's. Raises `UsageError`: there is something already."""
        path = self._today() if to is None else _free(Path(to))
        await self._journal.backup(path)
        return BackupResult(path=str(path), bytes=_size_bytes(path))

    async def delete(self, call: DeleteParams) -> Done:
        """Delete for good; backups are of what is left. Raises `UsageError` while a session is open, and for
        a wearer who has nothing here.
        """
        if call.wearer is not None and call.wearer not in await self._journal.wearers():
            raise UsageError(f"{call.wearer!r} has no holds and no sessions here: nothing was deleted")
        count = await self._journal.erase(Erasure(wearer=call.wearer, before=call.before))
        await self.back_up()
        whose = "" if call.wearer is None else f" of {call.wearer}"
        return Done(
            text=f"holds and sessions{whose} deleted: {count}, with their records and all copies of them"
        )

    def _today(self) -> Path:
        directory = self._directory
        try:
            directory.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"backups can't be kept in {directory} ({error.strerror}): check its owner and mode"
            ) from error
        return backup.path_of(directory, self._clock.now().local_date)


async def holds(journal: Journal, wearer: str, since: date) -> HoldsResult:
    """The wearer's holds with their ids, as amended; at home pain is told."""
    found = await journal.holds(wearer, since)
    return HoldsResult(
        wearer=wearer,
        holds=tuple(events.hold(hold, wearer=wearer, publish_pain=True) for hold in found),
    )


def _free(path: Path) -> Path:
    if path.exists():
        raise UsageError(f"{path} is there already: name another file")
    return path


def _size_bytes(path: Path) -> int:
    return path.stat().st_size
