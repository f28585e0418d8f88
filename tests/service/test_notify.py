"""What the service manager hears: datagrams of lines, and nothing that could hold us up."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from wearsync.service.notify import ServiceManager

HEARD_MAX_BYTES = 4096


@contextmanager
def listening(where: str) -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as ear:
        ear.bind(where)
        ear.settimeout(5)
        yield ear


def heard(ear: socket.socket, count: int) -> list[str]:
    return [ear.recv(HEARD_MAX_BYTES).decode() for _ in range(count)]


@pytest.mark.parametrize("abstract", [False, True])
def test_it_hears_each_word_as_a_datagram(home: Path, abstract: bool) -> None:
    """A socket in the file system, and one that has a name in the kernel only."""
    name = f"wearsync-{os.getpid()}" if abstract else str(home / "notify")
    with listening(f"\0{name}" if abstract else name) as ear:
        manager = ServiceManager.of({"NOTIFY_SOCKET": f"@{name}" if abstract else name})
        assert manager.listens
        manager.ready()
        manager.status("Ours connected;\nbroker away")
        manager.alive()
        manager.needs_longer(60)
        manager.stopping()
        assert heard(ear, 5) == [
            "READY=1",
            "STATUS=Ours connected; broker away",
            "WATCHDOG=1",
            "EXTEND_TIMEOUT_USEC=60000000",
            "STOPPING=1",
        ]


def test_without_one_nothing_is_said() -> None:
    for environment in ({}, {"NOTIFY_SOCKET": "", "WATCHDOG_USEC": "60000000"}):
        manager = ServiceManager.of(environment)
        assert not manager.listens
        assert manager.watchdog_s is None
        manager.ready()


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_how_often_it_wants_to_hear_of_this_process(
    environment: dict[str, str], watchdog_s: float | None
) -> None:
    assert ServiceManager.of({"NOTIFY_SOCKET": "/run/x", **environment}).watchdog_s == watchdog_s


def test_one_that_does_not_listen_holds_nothing_up(home: Path) -> None:
    """Neither a socket that is gone, nor one whose queue is full."""
    manager = ServiceManager(str(home / "notify"))
    manager.alive()
    with listening(str(home / "notify")) as ear:
        for _ in range(1000):  # the kernel keeps some ten or hundred
            manager.alive()
        assert heard(ear, 1) == ["WATCHDOG=1"]
