"""The installer against a console with its files: install, update, remove; cut off; wrongly stored."""

import json
from collections.abc import Callable

import pytest

from tests.drivers.banglejs.bench import INFO, NOW_MS, Bench, PaperStorage, info_line, line
from wearsync.drivers.banglejs.install import AppInstaller, InstallStage
from wearsync.drivers.base import (
    Connected,
    Deadline,
    DeadlineReached,
    DriverOutput,
    DriverSession,
    OperationDone,
    Received,
    Send,
    Subscribe,
    Write,
)
from wearsync.messages import AppFound, AppProgress, Begin, Goodbye, Pair

OLD = {
    "clock.boot.js": b"clock",
    "wearsync.info": b'{"version":"0.9"}',
    "wearsync.boot.js": b"old boot",
    "wearsync.lib.js": b"old lib",
    "wearsync2.journal": b"records",
}
OTHERS = {name: OLD[name] for name in ("clock.boot.js", "wearsync2.journal")}
NEW = {
    "wearsync.boot.js": b"new boot" * 100,
    "wearsync.lib.js": bytes(range(256)) * 10,
    "wearsync.app.js": b"app" * 700,
    "wearsync.img": b"\x00\xff",
    "wearsync.info": b'{"version":"1.0"}',
}
TOTAL = sum(map(len, NEW.values()))
INCOMPLETE = "the app on the watch is incomplete: run `wearsync pair` again; the watch itself works as before"


class Visit:
    """One connection of the installer with a console; cut after `lines_max` of its commands."""

    def __init__(
        self,
        storage: PaperStorage,
        *,
        remove: bool = False,
        lines_max: int = 10_000,
    ) -> None:
        self.storage = storage
        self.installer = AppInstaller(files=NEW, version="1.0", action="remove" if remove else "install")
        self.bench = Bench(self.installer)
        self.lines_max = lines_max

    def talk(self) -> bool:
        """Answer what is asked until nothing is; False: the link was cut."""
        while lines := self.bench.hear():
            for heard in lines:
                if self.lines_max == 0:
                    return False
                self.lines_max -= heard.startswith(b"\x10Bluetooth")
                if answer := self.storage.answer(heard):
                    self.bench.tx(answer)
        return True

    def look(self) -> AppFound:
        self.bench.connect()
        self.talk()
        while not self.bench.said:
            self.bench.wait()
            self.talk()
        (found,) = self.bench.take()
        assert isinstance(found, AppFound)
        return found

    def work(self) -> bool:
        """Yes, do it; True: to the end."""
        self.bench.feed(Send(Pair(None)))
        while self.talk() and self.bench.gone is None:
            if self.installer.stage is InstallStage.DONE:
                return True
            self.bench.wait()
        return False


# --- whole ways ---


@pytest.mark.parametrize(
    ("files", "version"), [({}, None), (OTHERS, None), (OLD, "0.9"), (NEW, "1.0"), (OTHERS | NEW, "1.0")]
)
def test_install_and_update(files: dict[str, bytes], version: str | None) -> None:
    storage = PaperStorage(files)
    visit = Visit(storage)
    assert visit.look() == AppFound(version, writable=True)
    assert visit.work()
    *progress, found = visit.bench.take()
    assert found == AppFound("1.0", writable=True)
    done = [each.done_bytes for each in progress if isinstance(each, AppProgress)]
    assert len(done) == len(progress) == 3 + 3 + 3
    assert done == sorted(set(done))
    assert progress[-1] == AppProgress(TOTAL, TOTAL)
    assert storage.files == {name: data for name, data in files.items() if name in OTHERS} | NEW
    assert storage.loads == 1
    assert max(map(len, visit.bench.packets)) == 128
    visit.bench.feed(Send(Goodbye()))
    assert visit.bench.fault() == ("none", "the host said goodbye")
    assert visit.installer.half_done is None
    assert visit.bench.connect() == ()


def test_remove() -> None:
    storage = PaperStorage(OTHERS | NEW | {"wearsync.j0": b"records", "wearsync.m1": b"keys"})
    visit = Visit(storage, remove=True)
    assert visit.look() == AppFound("1.0", writable=True)
    assert visit.work()
    assert visit.bench.take()[-2:] == [AppProgress(TOTAL, TOTAL), AppFound(None, writable=True)]
    assert storage.files == OTHERS
    assert storage.loads == 1


def test_no() -> None:
    storage = PaperStorage(OLD)
    visit = Visit(storage)
    visit.look()
    visit.bench.feed(Send(Goodbye()))
    assert visit.bench.fault() == ("none", "the host said goodbye")
    assert storage.files == OLD


def test_xoff_after_each_packet_delays_and_loses_nothing() -> None:
    storage = PaperStorage(OLD)
    visit = Visit(storage)
    visit.look()
    visit.bench.keeps_back = True
    visit.bench.feed(Send(Pair(None)))
    while visit.installer.stage is InstallStage.WORKING:
        writes = [each for each in visit.bench.under_way if isinstance(each, Write)]
        if writes:
            assert len(writes) == 1
            visit.bench.tx(b"\x13")
            visit.bench.carry_out(1)
            assert visit.bench.under_way == []
            visit.bench.now_ms += 500
            visit.bench.tx(b"\x11")
        visit.talk()
    assert storage.files == OTHERS | NEW


# --- cut off ---


def is_usable(files: dict[str, bytes]) -> bool:
    """What is run at each start is whole; what the launcher lists is there; other files are untouched."""
    boot = files.get("wearsync.boot.js")
    listed = {name: data for name, data in files.items() if name not in OTHERS}
    return (
        boot in (None, OLD["wearsync.boot.js"], NEW["wearsync.boot.js"])
        and ("wearsync.info" not in files or listed == NEW or files == OLD)
        and files.items() >= OTHERS.items()
    )


@pytest.mark.parametrize("remove", [False, True])
def test_cut_after_any_command_the_watch_is_usable_and_the_next_visit_completes_it(remove: bool) -> None:
    cuts = 0
    while True:
        storage = PaperStorage(OLD if not remove else OTHERS | NEW)
        visit = Visit(storage, remove=remove, lines_max=1 + cuts)
        visit.look()
        if visit.work():
            break
        assert is_usable(storage.files)
        if visit.installer.stage is InstallStage.WORKING:
            assert "the watch itself works as before" in (visit.installer.half_done or "")
        again = Visit(storage, remove=remove)
        again.look()
        assert again.work()
        assert storage.files == (OTHERS if remove else OTHERS | NEW)
        cuts += 1
    assert cuts >= (5 if remove else 2 + 9 + 5)


def test_an_operation_that_fails_in_mid_work() -> None:
    visit = Visit(PaperStorage(OLD))
    visit.look()
    visit.bench.keeps_back = True
    visit.bench.feed(Send(Pair(None)))
    (write,) = visit.bench.under_way
    assert isinstance(write, Write)
    visit.bench.feed(OperationDone(write, error="out of range"))
    assert visit.bench.fault() == ("link", f"write failed: out of range; {INCOMPLETE}")


def test_a_goodbye_in_mid_work() -> None:
    visit = Visit(PaperStorage(OLD), lines_max=3)
    visit.look()
    assert not visit.work()
    visit.bench.feed(Send(Goodbye()))
    assert visit.bench.fault() == ("none", INCOMPLETE)


def test_a_console_that_falls_silent_in_mid_work() -> None:
    visit = Visit(PaperStorage(OTHERS | NEW), lines_max=2, remove=True)
    visit.look()
    assert not visit.work()
    started_ms = visit.bench.now_ms
    visit.bench.wait()
    assert visit.bench.now_ms == started_ms + 30_000
    fault, reason = visit.bench.fault()
    assert fault == "link"
    assert reason.startswith("the watch did not do as it was told in time (is its storage full?); ")
    assert "run `wearsync pair --remove-app` again" in reason


def test_xoff_for_too_long() -> None:
    visit = Visit(PaperStorage(OLD))
    visit.look()
    visit.bench.tx(b"\x13")
    visit.bench.feed(Send(Pair(None)))
    visit.bench.wait()
    assert visit.bench.fault() == (
        "link",
        f"the watch has taken nothing for 20 s: the link is built anew; {INCOMPLETE}",
    )


# --- wrongly stored ---


def test_a_file_that_is_stored_wrongly_once_is_written_again() -> None:
    storage = PaperStorage(OLD)
    storage.garbles = ["wearsync.lib.js", "wearsync.info"]
    visit = Visit(storage)
    visit.look()
    assert visit.work()
    assert storage.files == OTHERS | NEW
    assert AppProgress(TOTAL, TOTAL) in visit.bench.take()


def test_a_file_that_is_stored_wrongly_twice() -> None:
    storage = PaperStorage(OLD)
    storage.garbles = ["wearsync.app.js"] * 2
    visit = Visit(storage)
    visit.look()
    assert not visit.work()
    assert visit.bench.fault() == (
        "unfit",
        f"the watch did not store a file as it was sent, twice: free some of its storage; {INCOMPLETE}",
    )
    assert "wearsync.boot.js" not in storage.files


def test_an_answer_to_another_question_is_none() -> None:
    visit = Visit(PaperStorage(OLD))
    visit.look()
    visit.bench.feed(Send(Pair(None)))
    for number in (0, 2):
        assert visit.bench.tx(line(t="wearsync-app", n=number, v=True)) == ()
    visit.bench.hear()
    visit.bench.tx(line(t="wearsync-app", n=1, v=1))  # 1 is not true
    (said,) = visit.bench.hear()
    assert b"n:2" in said
    assert b"erase" in said


@pytest.mark.parametrize(("remove", "says"), [(False, "None, not 1.0"), (True, "1.0, not None")])
def test_another_version_than_was_written(remove: bool, says: str) -> None:
    storage = PaperStorage(OTHERS | NEW)
    visit = Visit(storage, remove=remove)
    loading(visit)
    # Somebody else is at it too.
    storage.files = dict(OTHERS if not remove else OTHERS | NEW)
    while visit.bench.gone is None:
        visit.talk()
        visit.bench.wait()
    assert visit.bench.fault() == ("unfit", f"the watch says that it has app version {says}")


# --- what there is, and what can't be done ---


@pytest.mark.parametrize(("app_answers", "version"), [(False, None), (True, "1.0")])
def test_a_watch_that_is_not_programmable(app_answers: bool, version: str | None) -> None:
    storage = PaperStorage(OLD)
    storage.is_programmable, storage.app_answers = False, app_answers
    visit = Visit(storage)
    assert visit.look() == AppFound(version, writable=False)
    assert visit.bench.now_ms == NOW_MS + 6_000
    visit.bench.tx(line(t="wearsync-app", n=0, v="0.9"))
    assert visit.bench.take() == [], "too late"
    visit.bench.feed(Send(Pair(None)))
    assert visit.bench.fault()[0] == "unfit"
    assert "Settings → Bluetooth → Programmable" in visit.bench.fault()[1]
    assert storage.files == OLD


def test_a_console_that_is_asked_twice_answers_once_too_often() -> None:
    visit = Visit(PaperStorage(OLD))
    visit.bench.connect()
    visit.bench.wait()
    assert len([each for each in visit.bench.lines if b"n:0" in each]) == 2
    visit.talk()
    assert visit.bench.take() == [AppFound("0.9", writable=True)]


def test_a_version_that_is_no_text() -> None:
    storage = PaperStorage({"wearsync.info": json.dumps({"version": 2}).encode()})
    assert Visit(storage).look() == AppFound("2", writable=True)


def test_another_board_of_the_same_name_is_left_alone() -> None:
    storage = PaperStorage(OLD)
    storage.board = 1
    visit = Visit(storage)
    visit.bench.connect()
    visit.talk()
    assert visit.bench.fault()[0] == "unfit"
    assert "no Bangle.js 2" in visit.bench.fault()[1]
    assert storage.files == OLD


def test_nothing_of_other_characteristics_counts() -> None:
    visit = Visit(PaperStorage(OLD))
    visit.bench.connect()
    assert visit.bench.feed(Received("2a19", info_line(INFO))) == ()


# --- deadlines ---


def subscribing(visit: Visit) -> None:
    visit.bench.keeps_back = True
    visit.bench.connect()


def asking(visit: Visit) -> None:
    visit.look()


def loading(visit: Visit) -> None:
    visit.look()
    visit.bench.feed(Send(Pair(None)))
    while visit.installer.stage is InstallStage.WORKING:
        for heard in visit.bench.hear():
            visit.bench.tx(visit.storage.answer(heard))


def done(visit: Visit) -> None:
    visit.look()
    assert visit.work()


@pytest.mark.parametrize(
    ("begin", "after_ms", "reason"),
    [
        (subscribing, 30_000, "the watch did not switch its notifications on in time"),
        (asking, 120_000, "nobody said in time whether to change the app on the watch"),
        (loading, 45_000, "the watch did not answer after its restart: run `wearsync pair` again"),
        (done, 10_000, "nobody said goodbye to the watch in time"),
    ],
    ids=["subscribing", "asking", "loading", "done"],
)
def test_every_stage_has_a_deadline(begin: Callable[[Visit], None], after_ms: int, reason: str) -> None:
    visit = Visit(PaperStorage())
    begin(visit)
    since_ms = visit.bench.now_ms
    while visit.bench.gone is None:
        visit.bench.wait()
    assert visit.bench.fault() == ("link", reason)
    assert visit.bench.now_ms == since_ms + after_ms


def test_a_deadline_that_comes_early_is_set_again() -> None:
    bench = Bench(AppInstaller(files=NEW, version="1.0", action="install"))
    assert bench.feed(DeadlineReached()) == ()
    outputs: tuple[DriverOutput, ...] = bench.feed(Connected(131, b""))
    assert outputs == (Subscribe("6e400003-b5a3-f393-e0a9-e50e24dcca9e"), Deadline(NOW_MS + 30_000))


def test_what_can_not_be_now_is_a_fault_of_the_host() -> None:
    session: DriverSession = AppInstaller(files=NEW, version="1.0", action="install")
    with pytest.raises(RuntimeError, match="Pair came while new"):
        session.step(Send(Pair(None)), 0)
    with pytest.raises(RuntimeError, match="Begin is nothing that an installer is told"):
        session.step(Send(Begin(1)), 0)
