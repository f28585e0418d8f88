"""Where a watch's session stands, read from the journal: after a restart or a fault, or to be looked at.

Rule: the last checkpoint and the inputs since then; nothing is carried out again.
"""

from wearsync.coordinator import log
from wearsync.coordinator.state import WatchState, from_json
from wearsync.errors import StorageError
from wearsync.ports import Journal


async def read_state(journal: Journal, watch_id: str) -> WatchState:
    """The state, folded. Raises `StorageError` if the log can't be read, or is of another version."""
    state, _ = await read_log(journal, watch_id)
    return state


async def read_log(journal: Journal, watch_id: str) -> tuple[WatchState, int]:
    """The state, and how many inputs it was folded from. Raises `StorageError` likewise."""
    checkpoint, inputs = await journal.load(watch_id)
    try:
        state = WatchState() if checkpoint is None else from_json(checkpoint)
        return log.fold(state, [log.from_json(entry.payload) for entry in inputs]), len(inputs)
    except StorageError as error:
        raise StorageError(
            f"the session log of watch {watch_id} can't be read ({error}): upgrade wearsync, or move the "
            "journal away (the watch sends again what it still has)"
        ) from error
