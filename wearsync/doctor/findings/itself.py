"""What may happen to any check.

Rule: `check` is that of the one it happened to, put in when it is told.
"""

from wearsync.doctor.check import Finding, Status

BROKE = Finding(
    name="check_broke",
    check="",
    status=Status.WARN,
    says="the check itself broke ({error})",
    why="this is a defect of wearsync's: what it was to look at may be in order",
    fix="tell us, with the output of `wearsync -v -v doctor`",
    symptom="A check of the doctor breaks",
)
HUNG = Finding(
    name="check_hung",
    check="",
    status=Status.WARN,
    says="no answer within {seconds} s: left alone",
    why="what it asks hangs: a disk, a name server, a service",
    fix="run `wearsync doctor` once more; if it hangs again, restart what it names",
    symptom="A check of the doctor hangs",
)
NOT_REACHED = Finding(name="not_reached", check="", status=Status.SKIP, says="not looked at: {because}")
