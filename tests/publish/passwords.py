"""Who may use a mosquitto, without its own tool for it."""

import hashlib
from base64 import b64encode
from pathlib import Path


def write_passwords(file: Path, **password_of: str) -> None:
    """In mosquitto's own format: PBKDF2 of SHA-512, 101 rounds."""
    salt = b"0123456789ab"
    lines = []
    for username, password in password_of.items():
        digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
        lines.append(f"{username}:$7$101${b64encode(salt).decode()}${b64encode(digest).decode()}\n")
    file.write_text("".join(lines))
    file.chmod(0o600)
