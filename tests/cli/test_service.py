"""`wearsync service`: the unit for this installation, or why it can't be one."""

import subprocess
import sys
from pathlib import Path

from tests.cli.console import wearsync
from wearsync.service.units import system_unit, user_unit

INSTALLED = Path(sys.executable).with_name("wearsync")


def test_it_prints_the_unit_and_nothing_else() -> None:
    done = wearsync("service", "--program", sys.executable)
    assert (done.code, done.out, done.err) == (0, system_unit([sys.executable]), "")
    done = wearsync("service", "--user")
    assert (done.code, done.err) == (0, "")
    assert done.out == user_unit([sys.executable, "-m", "wearsync"])


def test_a_program_that_is_not_here_is_remarked_upon() -> None:
    done = wearsync("service", "--program", "/nowhere/wearsync")
    assert (done.code, done.out) == (0, system_unit(["/nowhere/wearsync"]))
    assert "no program /nowhere/wearsync" in done.err


def test_it_runs_the_program_that_printed_it() -> None:
    done = subprocess.run([INSTALLED, "service", "--user"], capture_output=True, text=True, check=True)
    assert f"\nExecStart={INSTALLED} run\n" in done.stdout


def test_an_installation_that_a_service_of_the_system_can_t_see_is_refused() -> None:
    """Where this one is depends on who runs the tests: either way it is told."""
    done = wearsync("service")
    if done.code:
        assert (done.code, done.out) == (2, "")
        assert "where a service of the system sees nothing" in done.err
        assert done.err.count("\n") == 1
    else:
        assert done.out == system_unit([sys.executable, "-m", "wearsync"])
