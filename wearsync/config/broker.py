"""From `[broker]`, or the command line, to a broker that may be connected to: files found, secrets read.

Rule: what can't be right is told by the key that says it, before anything is started. An explicit file goes
before a credential of systemd's.
"""

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from wearsync.config.credentials import CLIENT_KEY, PASSWORD, USERNAME, Credentials
from wearsync.config.sections import BrokerSettings
from wearsync.errors import ConfigError
from wearsync.publish.address import BrokerAddress, BrokerUrl, parse_url
from wearsync.publish.tls import CertificateUnfit, tls_context


def broker_named(url: str, password_file: Path | None) -> BrokerSettings:
    """As the command line names it. Raises `ConfigError`."""
    try:
        return BrokerSettings(url=url, password_file=password_file and password_file.absolute())
    except ValidationError as error:
        raise ConfigError(f"--broker: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error


def address_of(
    broker: BrokerSettings,
    directory: Path,
    place_of: Callable[[str], str],
    credentials: Credentials,
    *,
    secrets: bool,
) -> BrokerAddress:
    """The broker's address. `directory`: where relative files are; `place_of(key)`: where a key was written,
    for messages; `secrets` False: without what is in files. Raises `ConfigError`.
    """
    finding = _Finding(broker, directory, place_of, credentials)
    url = parse_url(broker.url)
    try:
        if not secrets:
            return BrokerAddress(
                host=url.host,
                port=url.port,
                tls=url.tls,
                username=broker.username or url.username,
                allow_insecure=broker.allow_insecure,
            )
        address = finding.address(url)
    except _Told:
        raise
    except ConfigError as error:
        raise ConfigError(f"{place_of('url')}: {error}") from error
    if address.tls:
        try:
            tls_context(address)
        except CertificateUnfit as error:
            raise ConfigError(f"{place_of(error.key)}: {error.text}") from error
    return address


class _Told(ConfigError):
    """Names its place already."""


class _Finding:
    """Looks up what one section names."""

    def __init__(
        self,
        broker: BrokerSettings,
        directory: Path,
        place_of: Callable[[str], str],
        credentials: Credentials,
    ) -> None:
        self._broker = broker
        self._directory = directory
        self._place_of = place_of
        self._credentials = credentials

    def address(self, url: BrokerUrl) -> BrokerAddress:
        """With all that is in files."""
        broker = self._broker
        username = broker.username or url.username or self._line("username", USERNAME, "the user name")
        password = self._line("password_file", PASSWORD, "the password", broker.password_file)
        if password and not username:
            raise _Told(f"{self._place_of('password_file')}: a password needs a user name (broker.username)")
        client_cert = self._file("client_cert", broker.client_cert)
        client_key = self._file("client_key", broker.client_key)
        if client_cert and not client_key:
            client_key = self._credentials.file(CLIENT_KEY)
        if client_key:
            self._refuse_shared(client_key)
        return BrokerAddress(
            host=url.host,
            port=url.port,
            tls=url.tls,
            username=username,
            password=password,
            ca_file=self._file("ca_file", broker.ca_file),
            client_cert=client_cert,
            client_key=client_key,
            allow_insecure=broker.allow_insecure,
        )

    def _line(self, key: str, credential: str, what: str, named: Path | None = None) -> str | None:
        file = self._file(key, named) or self._credentials.file(credential)
        try:
            return self._credentials.line(file, what) if file else None
        except ConfigError as error:
            place = self._place_of(key) if named else f"credential {credential}"
            raise _Told(f"{place}: {error}") from error

    def _refuse_shared(self, file: Path) -> None:
        try:
            self._credentials.refuse_shared(file)
        except ConfigError as error:
            raise _Told(f"{self._place_of('client_key')}: {error}") from error

    def _file(self, key: str, named: Path | None) -> Path | None:
        if named is None:
            return None
        file = self._directory / named.expanduser()
        if not file.is_file():
            raise _Told(f"{self._place_of(key)}: {file} can't be read: there is no such file")
        return file
