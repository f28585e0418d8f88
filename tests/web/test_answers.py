"""Errors, as a browser gets them."""

import json

import pytest

from wearsync.errors import (
    ConfigError,
    NotRunning,
    StorageError,
    TrustError,
    TryAgain,
    UsageError,
    WearsyncError,
)
from wearsync.web.answers import failed


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("u"), 400),
        (ConfigError("c"), 400),
        (TryAgain("t"), 409),
        (StorageError("s"), 503),
        (NotRunning("n"), 503),
        (TrustError("x"), 500),
        (WearsyncError("w"), 500),
    ],
)
def test_an_error_has_the_status_of_who_has_to_act_and_the_words_of_the_command_line(
    error: WearsyncError, status: int
):
    answer = failed(error)
    assert answer.status_code == status
    assert json.loads(bytes(answer.body)) == {"ok": False, "error": type(error).__name__, "text": str(error)}
    assert answer.headers["cache-control"] == "no-store"
