"""The broker: reach, TLS, login, what it lets us do, what it keeps; and Home Assistant behind it."""

from wearsync.doctor.check import Finding, Status

REACHED = Finding(name="broker_there", check="broker_reach", status=Status.PASS, says="{url} answers")
NO_NAME = Finding(
    name="broker_no_name",
    check="broker_reach",
    status=Status.FAIL,
    says="{host} is a name that can't be resolved",
    why="a typing error, or name server or network are away; `.local` names need libnss-mdns",
    fix="getent hosts {host}; or write its address into broker.url",
    symptom="The name of the broker is not known",
)
REFUSES = Finding(
    name="broker_refuses",
    check="broker_reach",
    status=Status.FAIL,
    says="nothing listens on {host}, port {port}",
    why="the broker does not run, listens on another port, or (mosquitto 2) only to its own computer",
    fix="sudo systemctl status mosquitto (or: sudo apt install mosquitto); there: ss -tln | grep {port}",
    symptom="The broker refuses connections",
)
SILENT = Finding(
    name="broker_silent",
    check="broker_reach",
    status=Status.FAIL,
    says="{host} does not answer on port {port}",
    why="the wrong address, a computer that is off, or a firewall",
    fix="ping {host}; check address and firewall",
    symptom="The broker does not answer",
)
UNREACHED = Finding(
    name="broker_unreached",
    check="broker_reach",
    status=Status.FAIL,
    says="{host} can't be reached: {error}",
    why="the network is away, or has no way there",
    fix="ip route; ping {host}",
    symptom="The broker can not be reached",
)
TLS = Finding(
    name="tls_holds",
    check="broker_tls",
    status=Status.PASS,
    says="{version}, a certificate that holds for {host} until {until}",
)
TLS_NONE = Finding(
    name="tls_none",
    check="broker_tls",
    status=Status.PASS,
    says="none is needed: the broker is this computer",
)
TLS_PLAIN = Finding(
    name="tls_plain",
    check="broker_tls",
    status=Status.WARN,
    says="plain text goes over the network to {host}",
    why="who listens in sees your holds, and may command your watches",
    fix='set up TLS (docs/mqtt.md, Securing the broker), then url = "mqtts://{host}"',
    symptom="The broker is spoken to in plain text",
)
TLS_NOT_SPOKEN = Finding(
    name="tls_not_spoken",
    check="broker_tls",
    status=Status.FAIL,
    says="port {port} of {host} does not agree on TLS: {error}",
    why="it is the broker's port for plain text, or the broker is too old",
    fix="take its TLS port (8883, mostly), or mqtt:// for plain text",
    symptom="The broker does not speak TLS",
)
TLS_EXPIRED = Finding(
    name="tls_expired",
    check="broker_tls",
    status=Status.FAIL,
    says="the broker's certificate is not valid today: {error}",
    why="it has run out, or this computer's clock is wrong",
    fix="renew it on the broker's computer; check `date` here",
    symptom="The certificate of the broker has expired",
)
TLS_OTHER_HOST = Finding(
    name="tls_other_host",
    check="broker_tls",
    status=Status.FAIL,
    says="the broker's certificate is not for {host}: {error}",
    why="it was made for another name; or somebody else answers",
    fix="write the name that it holds for into broker.url, or have it made for {host}",
    symptom="The certificate is for another name",
)
TLS_UNTRUSTED = Finding(
    name="tls_untrusted",
    check="broker_tls",
    status=Status.FAIL,
    says="the broker's certificate is of an authority that is not trusted: {error}",
    why="one of your own must be named; or somebody else answers",
    fix='name the authority\'s certificate: broker.ca_file = "ca.pem"',
    symptom="The certificate of the broker is not trusted",
)
TLS_SOON = Finding(
    name="tls_soon",
    check="broker_tls",
    status=Status.WARN,
    says="the broker's certificate runs out on {until}",
    why="from then on nothing is published",
    fix="renew it on the broker's computer",
    symptom="The certificate of the broker runs out soon",
)
LOGIN = Finding(name="login_taken", check="broker_login", status=Status.PASS, says="MQTT 5, {user}")
WRONG_PASSWORD = Finding(
    name="wrong_password",
    check="broker_login",
    status=Status.FAIL,
    says="the broker refuses the user name or password of {user}",
    why="one of the two is not as the broker has it",
    fix="mosquitto_passwd on the broker's computer; here broker.username and broker.password_file",
    symptom="The broker refuses the password",
)
NEEDS_PASSWORD = Finding(
    name="needs_password",
    check="broker_login",
    status=Status.FAIL,
    says="the broker wants a user name and password",
    why="it lets nobody in without",
    fix="set broker.username and broker.password_file (chmod 600)",
    symptom="The broker wants a password",
)
NOT_MQTT_5 = Finding(
    name="not_mqtt_5",
    check="broker_login",
    status=Status.FAIL,
    says="the broker does not speak MQTT 5",
    why="results are acknowledged with reasons, which older versions do not have",
    fix="take mosquitto 1.6 or newer, or another broker that speaks it",
    symptom="The broker is too old",
)
KEEPS_NOTHING = Finding(
    name="retained_refused",
    check="broker_login",
    status=Status.FAIL,
    says="the broker keeps no retained messages, and takes nobody who has one",
    why="the daemon's last word, that it is gone, is one; and a dashboard that starts later would be empty",
    fix="mosquitto: `retain_available true`",
    symptom="The broker does not take retained messages",
)
LOGIN_HANGS_UP = Finding(
    name="login_hangs_up",
    check="broker_login",
    status=Status.FAIL,
    says="the broker {error}",
    why="a port for TLS that is spoken to in plain text, or a certificate of ours that it does not take",
    fix="mqtts:// for its TLS port; client_cert and client_key, if it wants them; see the broker's log",
    symptom="The broker hangs up",
)
LOGIN_REFUSED = Finding(
    name="login_refused",
    check="broker_login",
    status=Status.FAIL,
    says="the broker {error}",
    fix="see the broker's log",
    symptom="The broker refuses us",
)
LOGIN_NO_SECRETS = Finding(
    name="login_no_secrets",
    check="broker_login",
    status=Status.SKIP,
    says="not tried: see `secrets` above",
)
PUBLISH = Finding(name="publish_allowed", check="broker_publish", status=Status.PASS, says="below {base}")
PUBLISH_DENIED = Finding(
    name="publish_denied",
    check="broker_publish",
    status=Status.FAIL,
    says="publishing below {base} is refused ({user}): {error}",
    why="no dashboard sees anything; what is refused stays in the journal",
    fix="allow it in the broker's access list (docs/mqtt/acl): topic write {base}/#",
    symptom="The broker forbids to publish",
)
COMMANDS = Finding(
    name="commands_arrive", check="broker_commands", status=Status.PASS, says="arrive from {base}/+/command"
)
COMMANDS_DENIED = Finding(
    name="commands_denied",
    check="broker_commands",
    status=Status.FAIL,
    says="commands on {base}/+/command do not arrive ({user})",
    why="its access list denies it; mosquitto says nothing of that, and buttons in dashboards do nothing",
    fix="allow it in the broker's access list (docs/mqtt/acl): topic read {base}/+/command",
    symptom="Buttons in the dashboard do nothing",
)
COMMANDS_UNKNOWN = Finding(
    name="commands_unknown",
    check="broker_commands",
    status=Status.SKIP,
    says="can't be tried: we may not send a command ourselves ({user})",
)
KEEPS = Finding(
    name="broker_keeps",
    check="broker_keeps",
    status=Status.PASS,
    says="what is retained{limit}",
    why="whether that survives a restart of the broker is its own affair (mosquitto: `persistence "
    "true`); the daemon tells its states again in any case",
)
KEEPS_NOT = Finding(
    name="retained_lost",
    check="broker_keeps",
    status=Status.WARN,
    says="the broker keeps no retained messages",
    why="a dashboard that starts later sees nothing until something changes",
    fix="mosquitto: `retain_available true`",
    symptom="Dashboards are empty after a restart",
)
KEEPS_SMALL = Finding(
    name="messages_small",
    check="broker_keeps",
    status=Status.WARN,
    says="the broker takes no message above {limit}",
    why="the announcement to Home Assistant has some {needed}",
    fix="mosquitto: raise `max_packet_size` to 100000",
    symptom="The broker takes only small messages",
)
HOME_ASSISTANT = Finding(
    name="home_assistant_there", check="home_assistant", status=Status.PASS, says="said {said} on {topic}"
)
HOME_ASSISTANT_AWAY = Finding(
    name="home_assistant_away",
    check="home_assistant",
    status=Status.WARN,
    says="Home Assistant has said offline on {topic}",
    why="it is stopped, or has lost the broker",
    fix="look at Home Assistant: Settings, Devices, MQTT",
    symptom="Home Assistant is offline",
)
HOME_ASSISTANT_UNSEEN = Finding(
    name="home_assistant_unseen",
    check="home_assistant",
    status=Status.SKIP,
    says="has left no word on {topic}; it may be there all the same, for such words are seldom kept",
)
HOME_ASSISTANT_OFF = Finding(
    name="home_assistant_off",
    check="home_assistant",
    status=Status.SKIP,
    says="is not told anything (enabled = false)",
)
