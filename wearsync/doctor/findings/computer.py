"""This computer: Python, libraries, time zones, clock."""

from wearsync.doctor.check import Finding, Status

PYTHON = Finding(name="python_fit", check="python", status=Status.PASS, says="Python {version}")
PYTHON_OLD = Finding(
    name="python_old",
    check="python",
    status=Status.FAIL,
    says="Python {version} is too old: wearsync needs 3.11",
    fix="install wearsync with a newer Python: `python3.11 -m venv …`",
    symptom="Python is too old",
)
LIBRARIES = Finding(name="libraries_fit", check="libraries", status=Status.PASS, says="{versions}")
LIBRARY_UNFIT = Finding(
    name="library_unfit",
    check="libraries",
    status=Status.FAIL,
    says="{library} {version} is installed, and wearsync needs {needed}",
    why="what works with one version of a library need not with another",
    fix="pip install --upgrade wearsync",
    symptom="A library has the wrong version",
)
LIBRARY_MISSING = Finding(
    name="library_missing",
    check="libraries",
    status=Status.FAIL,
    says="{library} is not installed",
    why="the installation is not whole",
    fix="pip install --force-reinstall wearsync",
    symptom="A library is missing",
)
LIBRARIES_UNKNOWN = Finding(
    name="libraries_unknown",
    check="libraries",
    status=Status.SKIP,
    says="this wearsync was not installed (it runs from its sources): nothing says which libraries it needs",
)
TIME_ZONES = Finding(
    name="time_zones_fit", check="time_zones", status=Status.PASS, says="local time is {zone}, {offset}"
)
NO_TIME_ZONES = Finding(
    name="no_time_zones",
    check="time_zones",
    status=Status.FAIL,
    says="there is no time zone data on this computer",
    why="days, streaks and reminders go by local time",
    fix="sudo apt install tzdata, or: pip install tzdata",
    symptom="There is no time zone data",
)
ZONE_UNKNOWN = Finding(
    name="zone_unknown",
    check="time_zones",
    status=Status.FAIL,
    says="TZ names the time zone {zone}, which nobody knows",
    why="the system then silently takes UTC, and a day ends at the wrong hour",
    fix="set TZ as in Europe/Berlin, or leave it out",
    symptom="The time zone is not known",
)
CLOCK = Finding(name="clock_set", check="clock", status=Status.PASS, says="synchronised, {now}")
CLOCK_UNKNOWN = Finding(
    name="clock_unknown",
    check="clock",
    status=Status.SKIP,
    says="this system does not tell whether its clock is synchronised; it says {now}",
)
CLOCK_FREE = Finding(
    name="clock_free",
    check="clock",
    status=Status.WARN,
    says="nobody keeps the clock right (no NTP); it says {now}",
    why="holds are placed on the day that this computer believes it is; a board without a battery for its "
    "clock starts in the past",
    fix="sudo timedatectl set-ntp true",
    symptom="The clock is not synchronised",
)
CLOCK_PAST = Finding(
    name="clock_past",
    check="clock",
    status=Status.FAIL,
    says="the clock says {now}, which is past",
    why="until it is set the daemon takes no records in: the watch keeps them",
    fix="sudo timedatectl set-ntp true, or set it by hand: sudo date --set …",
    symptom="The clock is years behind",
)
