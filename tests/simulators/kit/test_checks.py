"""What holds in every story: nothing is found after a good one, and each check finds what is planted in its
books or in the motor's log.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.drivers.base import Capabilities
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.model import Trust
from wearsync_simulators.kit.checks import ANSWERS, violations
from wearsync_simulators.kit.stage import Stage
from wearsync_simulators.kit.virtual import Scene, on_virtual_stage
from wearsync_simulators.watches.view import Pulse
from wearsync_simulators.watches.words import Pattern


class Claims(HoldProfileDriver):
    """A family whose claims can be changed."""


def planted(stage: Stage, statement: str, copy: Path) -> list[str]:
    """What is found in a copy of the books to which that was done."""
    original = stage._journal_path
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(original)) as books, closing(sqlite3.connect(copy)) as changed:
        books.backup(changed)
        with changed:
            assert changed.execute(statement).rowcount > 0
    stage._journal_path = copy
    try:
        return list(violations(stage))
    finally:
        stage._journal_path = original


def test_what_may_be_said_of_cues() -> None:
    assert "played" not in ANSWERS["scheduled"]
    assert "scheduled" not in ANSWERS["motor"]
    assert ANSWERS["none"] == {"unknown", "cancelled", "expired", "refused"}


@in_virtual_time
async def test_each_check_finds_what_is_planted(tmp_path: Path) -> None:
    driver = Claims()
    async with on_virtual_stage(Scene(driver), tmp_path) as stage:
        await stage.begins()
        await stage.ends()
        assert list(violations(stage)) == []
        for statement, says in (
            ("DELETE FROM holds WHERE step = 1", "the host lacks 1 of it"),
            ("UPDATE holds SET measured_s = 29 WHERE step = 1", "1 times too often"),
            ("UPDATE holds SET credited_s = 31 WHERE step = 1", "is credited 31.0 of 30.0 s"),
            ("UPDATE holds SET measured_s = 60 WHERE step = 1", "lasted 60.0 of 30 s"),
            ("DELETE FROM sessions", "the host has none"),
            (_result("ready", "expired"), "is called expired, and the watch said played"),
            (_result("ready", "scheduled"), "a watch with acks 'motor' can't know that"),
            ("DELETE FROM cues", "that the host never sent"),
        ):
            found = planted(stage, statement, tmp_path / "copy.sqlite")
            assert any(says in sentence for sentence in found), (statement, found)
        _claims(driver, replace(driver.capabilities, acks="none"))
        assert "a watch with acks 'none' can't know that" in next(violations(stage))
        _claims(driver, replace(HoldProfileDriver.capabilities, trust=Trust.BOND))
        assert next(violations(stage)) == "the watch is trusted by key, and its family claims bond at best"


@in_virtual_time
async def test_cues_on_the_wrist(tmp_path: Path) -> None:
    async with on_virtual_stage(Scene(driver := Claims()), tmp_path) as stage:
        await stage.begins()
        await stage.ends()
        assert stage.inside is not None
        log = stage.inside.watch.motor_log
        pulses = list(log)
        log.append(pulses[-1])
        assert any("was felt more than once" in said for said in violations(stage))
        log.clear()
        log.extend(pulses[:1])
        assert any("is called played, and the motor did not run" in said for said in violations(stage))
        log.extend(Pulse(0.0, 0.1, 0, Pattern.NUDGE, None) for _ in range(100))
        _claims(driver, replace(driver.capabilities, runs_alone=False))
        assert any("100 pulses were felt" in said for said in violations(stage))


def _claims(driver: Claims, capabilities: Capabilities) -> None:
    driver.capabilities = capabilities


def _result(cue: str, result: str) -> str:
    said = json.dumps(result)
    return (
        f'UPDATE outbox SET payload = replace(payload, \'"result":"played"\', \'"result":{said}\')'
        f' WHERE payload LIKE \'%"cue":"{cue}"%\''
    )
