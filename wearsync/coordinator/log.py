"""The coordinator's log: inputs as JSON, and the state that follows from them.

Rule: an input is written before its effects act; folding the log gives the same state, and no effect twice.
"""

from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from wearsync.coordinator.events import Input
from wearsync.coordinator.machine import step
from wearsync.coordinator.state import WatchState
from wearsync.errors import StorageError


def to_json(entry: Input) -> str:
    """One input as JSON."""
    return _INPUT.dump_json(entry).decode()


def from_json(text: str) -> Input:
    """One input read back. Raises `StorageError` when it is none."""
    try:
        return _INPUT.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise StorageError(f"an input can't be read at {place or 'its start'}: {first['msg']}") from error


def fold(state: WatchState, inputs: Iterable[Input]) -> WatchState:
    """The state after these inputs; their effects were carried out when they were taken."""
    for entry in inputs:
        state, _ = step(state, entry)
    return state


_INPUT = TypeAdapter(Input)
