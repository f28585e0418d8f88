"""Reading the configuration: what holds, where it comes from, and one clear line for each mistake."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.config import Settings, WatchSettings, default_toml, load, schema
from wearsync.config.sections import HomeAssistantSettings
from wearsync.config.settings import parse
from wearsync.errors import ConfigError
from wearsync.model import LinkMode, Routine, Side, StartMode, Variant

ID = "00112233445566778899aabbccddeeff"
WATCH = f'[[watches]]\nname = "W"\nid = "{ID}"\naddress = "C0:FF:EE:00:00:01"\n'


@pytest.fixture
def file(home: Path) -> Path:
    return home / "config.toml"


def wrong(file: Path, text: str) -> str:
    """The one line about it."""
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.exit_code == 78
    return message


def read(file: Path, text: str) -> Settings:
    file.write_text(text)
    return load(file)


def test_without_a_file_the_defaults_hold(home: Path) -> None:
    settings = load()
    assert settings.broker.url == "mqtt://127.0.0.1:1883"
    assert settings.radio == "native"
    assert (settings.routine.plan, settings.routine.progression) == (Routine(), True)
    assert settings.watches == ()
    assert not settings.publish_pain
    assert settings.site
    assert home in settings.source.parents
    assert settings.paths.control_socket.parent == settings.paths.state_dir


def test_the_commented_file_says_the_defaults(file: Path) -> None:
    text = default_toml()
    assert read(file, text) == read(file, "")


def test_the_examples_in_the_commented_file_are_right_too(file: Path) -> None:
    lines = []
    for line in default_toml().splitlines():
        bare = line.removeprefix("# ")
        lines.append(bare if " = " in bare or bare.startswith("[") else line)
    said = parse("\n".join(lines), file)
    assert said.watches[0].name == "W"
    assert said.watches[0].routine is not None
    assert said.broker.username == "wearsync"


def test_everything_at_once(file: Path) -> None:
    settings = read(
        file,
        'site = "Home"\nwearer = "Anna"\nstate_dir = "/var/lib/wearsync"\n'
        '[broker]\nurl = "mqtts://broker.example"\n[radio]\nspec = "tcp:127.0.0.1:9747"\n'
        '[routine]\nvariant = "standing"\nfirst_side = "right"\nstart = "tap"\nleft_s = 45\n'
        f'[publish]\npublish_pain = true\n{WATCH}link = "visit"\nwearer = "Bert"\n'
        "[watches.routine]\nrounds = 1\n",
    )
    assert settings.site == "home"
    assert settings.broker.tls
    assert settings.radio == "tcp:127.0.0.1:9747"
    assert (settings.routine.variant, settings.routine.first_side) == (Variant.STANDING, Side.RIGHT)
    assert settings.routine.start is StartMode.TAP
    assert settings.publish_pain
    (watch,) = settings.watches
    assert watch.link is LinkMode.VISIT
    assert settings.wearer_of(watch) == "Bert"
    assert settings.routine_of(watch) == settings.routine.model_copy(update={"rounds": 1})
    assert settings.paths.journal == Path("/var/lib/wearsync/journal.sqlite")
    assert settings.watch("w") is settings.watch("W") is settings.watch(ID) is watch
    assert settings.watch("other") is None


def test_a_watch_changes_of_the_reminders_what_it_says(file: Path) -> None:
    said = '[reminder]\ntimes = ["07:30"]\nquiet = "22:00-07:00"\n'
    settings = read(file, f'{said}{WATCH}[watches.reminder]\nweekdays = ["sat"]\n')
    plan = settings.reminder_of(settings.watches[0])
    assert (plan.times, plan.weekdays, plan.quiet) == (("07:30",), ("sat",), "22:00-07:00")
    assert settings.reminder.weekdays[0] == "mon"
    plain = read(file, said + WATCH)
    assert plain.reminder_of(plain.watches[0]) == plain.reminder


def test_a_watch_without_changes_has_the_routine_of_all(file: Path) -> None:
    settings = read(file, f"[routine]\nleft_s = 50\n{WATCH}")
    assert settings.routine_of(settings.watches[0]) == settings.routine
    assert settings.wearer_of(settings.watches[0]) == settings.wearer


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("\nbrokr = 3\n", 2, "brokr is not known: did you mean broker?"),
        ("[broker]\nurll = 'x'\n", 2, "broker.urll is not known: did you mean url?"),
        ("[broker]\nxyz = 1\n", 2, "known here are url, username"),
        ("[routine]\n\nleft_s = 10\n", 3, "routine.left_s is 10: it must be at least 30"),
        ("[routine]\nright_s = 10000\n", 2, "routine.right_s is 10000: it must be at most 60"),
        ("[routine]\nleft_s = 0\n", 2, "at least 30"),
        ("[routine]\nleft_s = 30.5\n", 2, "integer"),
        ("[routine]\nleft_s = '40'\n", 2, "integer"),
        ("[routine]\nfirst_side = 'up'\n", 2, "it must be 'left' or 'right'"),
        ("site = 3\n", 1, "string"),
        ("[broker]\nurl = 'http://h'\n", 2, "mqtt://host:1883"),
        ("[broker]\nurl = 'mqtt://a:geheim@h'\n", 2, "password_file"),
        ("broker = 3\n", 1, "broker"),
        (f"{WATCH}{WATCH}", 7, "list each watch once"),
        (f"{WATCH}{WATCH.replace('W', 'w').replace('ff', '00')}", 6, "name of 'w' is that of 'W'"),
        (WATCH.replace("ff", "FF"), 3, "32 hex digits"),
        (WATCH.replace("name", "nam"), 2, "watches[0].nam"),
        ('[[watches]]\nname = "W"\n', 1, "watches[0].id is missing"),
        (f'{WATCH}link = "often"\n', 5, "'always' or 'visit'"),
        (
            '[reminder]\ntimes = ["7:30"]\n',
            2,
            """reminder.times: '7:30' is no time of the day: write it like "07:30\"""",
        ),
        (
            '[reminder]\ntimes = ["23:30"]\nquiet = "22:00-07:00"\n',
            1,
            "reminder: 23:30 lies in the quiet hours",
        ),
        (
            '[reminder]\nweekdays = ["mon", "tu"]\n',
            2,
            "reminder.weekdays[1] is 'tu': it must be 'mon', 'tue'",
        ),
        ('[reminder]\ntime = "07:30"\n', 2, "reminder.time is not known: did you mean times?"),
        (
            f'[reminder]\nquiet = "22:00-07:00"\n{WATCH}[watches.reminder]\ntimes = ["23:00"]\n',
            7,
            "watches[0].reminder: 23:00 lies in the quiet hours 22:00-07:00",
        ),
        (f"{WATCH}[watches.routine]\nrounds = 0\n", 6, "watches[0].routine.rounds"),
        (f"{WATCH}\n[[watches]]\nname = ''\n", 7, "watches[1].name"),
        ("wearer = '\\n'\n", 1, "wearer"),
    ],
)
def test_a_mistake_is_told_with_file_line_key_and_fix(file: Path, text: str, line: int, says: str) -> None:
    message = wrong(file, text.replace("'\\n'", '"\\n"'))
    assert message.startswith(f"{file}, line {line}: ")
    assert says in message
    assert "geheim" not in message


def test_a_driver_that_is_not_there(file: Path) -> None:
    assert wrong(file, WATCH + 'driver = "garmin"\n') == (
        f"{file}, line 5: there is no driver 'garmin': take one of wearsync, banglejs, infinitime"
    )
    assert read(file, WATCH + 'driver = "banglejs"\n').watches[0].driver == "banglejs"


def test_what_is_not_toml(file: Path) -> None:
    assert "line 2" in wrong(file, "a = 1\nb = = 2\n")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(file)
    file.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="longer than"):
        load(file)
    assert "nested too deeply" in wrong(file, "a = " + "[" * 5000)
    assert "not TOML: Exceeds the limit" in wrong(file, "a = " + "9" * 5000)


def test_a_key_that_would_break_the_line_is_told_in_one_line_and_not_without_end(file: Path) -> None:
    assert "'two\\nlines' is not known" in wrong(file, '"two\\nlines" = 1\n')
    assert len(wrong(file, f"{'long' * 100} = 1\n")) < 300


def test_a_file_that_was_named_must_be_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="config init"):
        load(home / "none.toml")
    monkeypatch.setenv("WEARSYNC_CONFIG", str(home / "none.toml"))
    with pytest.raises(ConfigError, match="config init"):
        load()
    with pytest.raises(ConfigError, match="can't be read"):
        load(home)


@given(st.text(alphabet=st.sampled_from('[]="\n#.watches routine_s3{},'), max_size=120))
def test_any_text_is_settings_or_one_line(text: str) -> None:
    said: object
    try:
        said = parse(text, Path("config.toml"))
    except ConfigError as error:
        said = str(error)
    assert "\n" not in str(said)


def test_the_environment_goes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEARSYNC_BROKER_URL", "mqtt://127.0.0.1:99")
    monkeypatch.setenv("WEARSYNC_ROUTINE_LEFT_S", "45")
    monkeypatch.setenv("WEARSYNC_ROUTINE_VARIANT", "standing")
    monkeypatch.setenv("WEARSYNC_PUBLISH_PUBLISH_PAIN", "true")
    monkeypatch.setenv("WEARSYNC_SITE", "attic")
    settings = read(file, 'site = "home"\n[broker]\nurl = "mqtt://127.0.0.1:1"\n[routine]\nright_s = 50\n')
    assert settings.broker.port == 99
    assert (settings.routine.left_s, settings.routine.right_s) == (45, 50)
    assert settings.routine.variant is Variant.STANDING
    assert settings.publish_pain
    assert settings.site == "attic"


def test_home_assistant_is_told_unless_switched_off(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(file, "").home_assistant == HomeAssistantSettings(enabled=True, prefix="homeassistant")
    monkeypatch.setenv("WEARSYNC_HOME_ASSISTANT_PREFIX", "home/ha")
    said = read(file, "[home_assistant]\nenabled = false\n").home_assistant
    assert said == HomeAssistantSettings(enabled=False, prefix="home/ha")


@pytest.mark.parametrize("prefix", ["", "#", "a/+", "/a", "a/", "a\\nb", "x" * 101])
def test_a_prefix_that_is_no_topic_is_refused(file: Path, prefix: str) -> None:
    message = wrong(file, f'[home_assistant]\nprefix = "{prefix}"\n')
    assert "line 2: home_assistant.prefix" in message


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WEARSYNC_ROUTINE_LEFT_S", "70", "at most 60"),
        ("WEARSYNC_ROUTINE_LEFT_S", "x", "integer"),
        ("WEARSYNC_BROKER_URLL", "x", "did you mean url"),
        ("WEARSYNC_BROKER", "{", "broker"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    message = wrong(file, "")
    assert says in message
    assert name in message or name == "WEARSYNC_BROKER"


def test_the_command_line_goes_before_all_and_takes_no_credentials_along(file: Path) -> None:
    secret = file.parent / "secret"
    secret.write_text("geheim\n")
    secret.chmod(0o600)
    file.write_text('[broker]\nurl = "mqtt://127.0.0.1"\nusername = "anna"\npassword_file = "secret"\n')
    assert load(file).broker.password == "geheim"
    other = load(file, broker="mqtt://elsewhere.example:5", radio="tcp:127.0.0.1:9747")
    assert (other.broker.host, other.broker.port) == ("elsewhere.example", 5)
    assert (other.broker.username, other.broker.password) == (None, None)
    assert other.radio == "tcp:127.0.0.1:9747"
    with_own = load(file, broker="mqtts://bert@elsewhere.example", password_file=secret)
    assert (with_own.broker.username, with_own.broker.password) == ("bert", "geheim")
    with pytest.raises(ConfigError, match="--broker: not a broker"):
        load(file, broker="elsewhere")
    with pytest.raises(ConfigError, match=r"^--broker \(password_file\): .*no such file"):
        load(file, broker="mqtt://anna@127.0.0.1", password_file=file.parent / "none")


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (b"geheim\n", 0o644, "chmod 600"),
        (b"geheim\n", 0o640, "chmod 600"),
        (None, 0, "can't be read"),
        (b"", 0o600, "one line"),
        (b"\n", 0o600, "one line"),
        (b"two\nlines\n", 0o600, "one line"),
        (b"x" * 5000, 0o600, "one line"),
        (b"\xff", 0o600, "not text"),
    ],
)
def test_a_secret_is_a_private_file_of_one_line(
    file: Path, content: bytes | None, mode: int, says: str
) -> None:
    secret = file.parent / "secret"
    if content is not None:
        secret.write_bytes(content)
        secret.chmod(mode)
    message = wrong(file, '[broker]\nusername = "anna"\npassword_file = "secret"\n')
    assert message.startswith(f"{file}, line 3: broker.password_file: ")
    assert says in message
    assert "geheim" not in message


@pytest.mark.parametrize(
    "line", ['url = "mqtt://anna:geheim@h"', 'password = "geheim"', "username = ['geheim']"]
)
def test_a_secret_in_the_wrong_place_is_in_no_traceback(file: Path, line: str) -> None:
    file.write_text(f"[broker]\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert "geheim" not in str(caught.value.__cause__)


@pytest.mark.parametrize("content", ["geheim", "geheim\n", "geheim\r\n"])
def test_the_newline_after_a_secret_is_no_part_of_it(file: Path, content: str) -> None:
    secret = file.parent / "secret"
    secret.write_bytes(content.encode())
    secret.chmod(0o600)
    settings = read(file, '[broker]\nusername = "anna"\npassword_file = "secret"\n')
    assert settings.broker.password == "geheim"
    assert "geheim" not in repr(settings)


def test_broker_settings_that_do_not_fit_together(file: Path) -> None:
    assert "line 2: broker.password_file" in wrong(file, '[broker]\npassword_file = "secret"\n')
    assert "line 2: broker.ca_file" in wrong(file, '[broker]\nca_file = "none.pem"\nurl = "mqtts://h"\n')
    assert "allow_insecure" in wrong(file, '[broker]\nurl = "mqtt://h.example"\nusername = "anna"\n')


def test_the_schema_knows_every_section() -> None:
    told = schema()
    assert isinstance(told["properties"], dict)
    assert {"broker", "radio", "routine", "publish", "watches"} <= set(told["properties"])
    assert told["additionalProperties"] is False


def test_a_watch_has_a_topic() -> None:
    assert WatchSettings(name="My Watch", id=ID, address="x").topic == "my-watch"
