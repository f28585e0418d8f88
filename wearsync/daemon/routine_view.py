"""The routine of a watch's next session, to be looked at: from the running daemon, or from the journal.

Rule: it shows what the coordinator holds, whoever has set it: the configuration, a command, or progression.
"""

from wearsync.config import Settings, WatchSettings
from wearsync.coordinator.state import WatchState
from wearsync.daemon.fold import read_state
from wearsync.daemon.states import progression_state
from wearsync.errors import UsageError
from wearsync.journal.store import SqliteJournal
from wearsync.model import Border, Routine
from wearsync.publish.payloads import ProgressionState


class RoutineView(Border):
    """One watch's routine. `progression`: as in the summary on MQTT, None: off."""

    watch: str
    routine: Routine
    progression: ProgressionState | None


def routine_view(watch: str, state: WatchState) -> RoutineView:
    """What that state holds."""
    told = None if state.progression is None else progression_state(state)
    return RoutineView(watch=watch, routine=state.routine, progression=told)


async def read_routine(settings: Settings, name: str | None) -> RoutineView:
    """Without a daemon: as the last one left it. Raises `UsageError`, `StorageError`."""
    watch = _pick(settings, name)
    state = WatchState()
    if settings.paths.journal.exists():
        async with await SqliteJournal.open_readonly(settings.paths.journal) as journal:
            state = await read_state(journal, watch.id)
    if state.configured is None:
        return RoutineView(watch=watch.name, routine=settings.routine_of(watch).plan, progression=None)
    return routine_view(watch.name, state)


def _pick(settings: Settings, name: str | None) -> WatchSettings:
    if name is None and len(settings.watches) == 1:
        return settings.watches[0]
    watch = None if name is None else settings.watch(name)
    if watch is not None:
        return watch
    names = ", ".join(watch.name for watch in settings.watches) or "none: pair one with `wearsync pair`"
    asked = (
        "which watch? name one with --watch" if name is None else f"no watch is called {name!r}; there are"
    )
    raise UsageError(f"{asked}: {names}")
