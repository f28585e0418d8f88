"""The configuration, and the secrets that it names."""

from wearsync.doctor.check import Finding, Status

CONFIG = Finding(
    name="config_fit", check="config", status=Status.PASS, says="{file}; site {site}, watches: {watches}"
)
CONFIG_NONE = Finding(
    name="config_none",
    check="config",
    status=Status.PASS,
    says="there is no {file}: defaults hold",
)
CONFIG_WRONG = Finding(
    name="config_wrong",
    check="config",
    status=Status.FAIL,
    says="{error}",
    why="nothing starts with a configuration that is not understood",
    fix="correct that line, then `wearsync config check`",
    symptom="The configuration is wrong",
)
CONFIG_UNREADABLE = Finding(
    name="config_unreadable",
    check="config",
    status=Status.FAIL,
    says="{file} can't be read: {error}",
    why="it belongs to somebody else, or is no file",
    fix="sudo chown $USER {file}, or name another one with --config",
    symptom="The configuration can not be read",
)
SECRETS = Finding(name="secrets_fit", check="secrets", status=Status.PASS, says="{which}")
SECRET_SHARED = Finding(
    name="secret_shared",
    check="secrets",
    status=Status.FAIL,
    says="others on this computer can read {file}",
    why="whoever has the password can command your watches; such a file is refused",
    fix="chmod 600 {file}",
    symptom="Others can read a secret",
)
SECRET_NOT_OURS = Finding(
    name="secret_not_ours",
    check="secrets",
    status=Status.FAIL,
    says="{file} is another user's, and others can read it",
    why="it must be private, and readable for the user that wearsync runs as",
    fix="sudo chown $USER {file} && chmod 600 {file}",
    symptom="A secret belongs to another user",
)
SECRET_UNUSABLE = Finding(
    name="secret_unusable",
    check="secrets",
    status=Status.FAIL,
    says="{error}",
    why="the broker is not tried without what it is to know us by",
    fix="put that right, then `wearsync config check`",
    symptom="Password or certificate can not be used",
)
KEYS = Finding(name="keys_fit", check="keys", status=Status.PASS, says="{count} in {file}, private")
KEYS_NONE = Finding(
    name="keys_none", check="keys", status=Status.PASS, says="no watch has been given a key yet"
)
KEYS_SHARED = Finding(
    name="keys_shared",
    check="keys",
    status=Status.FAIL,
    says="others on this computer can read the watches' keys in {file}",
    why="whoever has a key can speak for the watch, and to it: the file is refused",
    fix="chmod 600 {file}; pair again if somebody may have read it",
    symptom="Others can read the keys of the watches",
)
KEYS_UNREADABLE = Finding(
    name="keys_unreadable",
    check="keys",
    status=Status.FAIL,
    says="the keys file can't be read: {error}",
    why="without its key a watch is not believed",
    fix="sudo chown $USER {file}, and run wearsync as the user that has paired",
    symptom="The keys of the watches can not be read",
)
KEYS_DAMAGED = Finding(
    name="keys_damaged",
    check="keys",
    status=Status.FAIL,
    says="{file} is not a keys file that this version knows",
    why="it was edited, cut off, or written by a newer wearsync",
    fix="mv {file} {file}.old, then `wearsync pair` for each watch",
    symptom="The keys file is damaged",
)
