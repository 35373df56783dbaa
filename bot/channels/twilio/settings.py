"""What the clinic sets for SMS and WhatsApp. Secrets come from the environment or from a file, never from a default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.settings import read_secret

PREFIX = "BOT_TWILIO_"
AUTH_TOKEN, SENDER_KEY = f"{PREFIX}AUTH_TOKEN", f"{PREFIX}SENDER_KEY"
PUBLIC_URL, ACCOUNT_SID, API_URL = f"{PREFIX}PUBLIC_URL", f"{PREFIX}ACCOUNT_SID", f"{PREFIX}API_URL"
NUMBERS, DEADLINE, TEMPLATES = f"{PREFIX}NUMBERS", f"{PREFIX}DEADLINE", f"{PREFIX}TEMPLATES"
SECRETS = (AUTH_TOKEN, SENDER_KEY)
#: All that may be set.
NAMES = (
    *(AUTH_TOKEN, SENDER_KEY, PUBLIC_URL, ACCOUNT_SID, API_URL, NUMBERS, DEADLINE, TEMPLATES),
    *(f"{name}_FILE" for name in SECRETS),
)
#: HMAC-SHA-256 keys shorter than the hash are weaker than it (RFC 7518, section 3.2).
KEY_LENGTH = 32
#: Twilio gives up on a webhook after 15 seconds; the reply must have left before that.
LONGEST_DEADLINE = 14.0
URL = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")
NUMBER = re.compile(r"\+[1-9]\d{4,14}")
#: Content templates by what they hold: `buttons2` is a quick reply with two buttons, `list10` a list with ten items.
TEMPLATE = re.compile(r"(?P<kind>(?:buttons[1-3]|list(?:[1-9]|10)))=(?P<sid>HX[0-9a-f]{32})")


class TwilioSettingsError(ValueError):
    """A setting of the Twilio channel is missing or malformed; the text names it and says what to do."""


@dataclass(frozen=True)
class TwilioSettings:
    """Settings of the Twilio channel.

    Attributes:
        auth_token: Twilio's secret of the account; it signs each request.
        sender_key: Our secret: of phone numbers and message ids only hashes with this key are kept.
        public_url: The address under which Twilio reaches this server, without the channel's own path; "" takes the
            request's own, which is right where no proxy stands in between.
        account_sid: The account, for replies that are sent through Twilio's REST API; "" sends none.
        api_url: Where that API is.
        numbers: The clinic's own numbers. A message from one of them is not answered.
        deadline: Seconds after which a reply does not go into the webhook's answer any more.
        templates: WhatsApp content templates by kind, such as `buttons3` or `list10`.
    """

    auth_token: str = field(repr=False)
    sender_key: str = field(repr=False)
    public_url: str = ""
    account_sid: str = ""
    api_url: str = "https://api.twilio.com"
    numbers: frozenset[str] = frozenset()
    deadline: float = 10.0
    templates: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.auth_token:
            raise TwilioSettingsError(
                f"{AUTH_TOKEN} is missing. Copy the account's auth token from the Twilio console into it, or into a "
                f"file named by {AUTH_TOKEN}_FILE."
            )
        if len(self.sender_key) < KEY_LENGTH:
            raise TwilioSettingsError(
                f"{SENDER_KEY} (or a file named by {SENDER_KEY}_FILE) must hold at least {KEY_LENGTH} characters. "
                "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'. Keep it: with another "
                "key every patient is a new one."
            )
        for name, url in ((PUBLIC_URL, self.public_url), (API_URL, self.api_url)):
            if url and not URL.fullmatch(url):
                raise TwilioSettingsError(f"{name}: {url!r} is no address such as https://bot.your-clinic.example")
        if self.account_sid and not re.fullmatch(r"AC[0-9a-f]{32}", self.account_sid):
            raise TwilioSettingsError(f"{ACCOUNT_SID}: an account SID is AC and 32 digits or letters from a to f.")
        for number in self.numbers:
            if not NUMBER.fullmatch(number):
                raise TwilioSettingsError(f"{NUMBERS}: {number!r} is no number such as +15551230000")
        if not 0 <= self.deadline <= LONGEST_DEADLINE:
            raise TwilioSettingsError(f"{DEADLINE}: seconds from 0 to {LONGEST_DEADLINE:.0f}; Twilio waits 15.")
        if self.templates and not self.account_sid:
            raise TwilioSettingsError(f"{TEMPLATES} needs {ACCOUNT_SID}: templates are sent through the REST API.")

    @classmethod
    def is_set(cls, environment: Mapping[str, str]) -> bool:
        """Whether the clinic uses this channel: one of its settings is there."""
        return any(environment.get(name) for name in NAMES)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> TwilioSettings:
        """The settings in `environment`.

        Raises:
            TwilioSettingsError: a setting is missing or malformed.
        """
        unknown = [name for name in environment if name.startswith(PREFIX) and name not in NAMES]
        if unknown:
            raise TwilioSettingsError(f"{unknown[0]}: there is no such setting; one of {', '.join(NAMES)}")
        given = {name: environment[name].strip() for name in NAMES if environment.get(name, "").strip()}
        optional = {
            field: given[name]
            for field, name in (("public_url", PUBLIC_URL), ("account_sid", ACCOUNT_SID), ("api_url", API_URL))
            if name in given
        }
        return cls(
            auth_token=read_secret(environment, AUTH_TOKEN, TwilioSettingsError),
            sender_key=read_secret(environment, SENDER_KEY, TwilioSettingsError),
            numbers=frozenset(re.split(r"[,\s]+", given[NUMBERS])) if NUMBERS in given else frozenset(),
            deadline=_seconds(given[DEADLINE]) if DEADLINE in given else cls.deadline,
            templates=_templates(given.get(TEMPLATES, "")),
            **optional,
        )


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,2}(?:\.\d+)?", text):
        raise TwilioSettingsError(f"{DEADLINE}: {text!r} is no number of seconds.")
    return float(text)


def _templates(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in filter(None, re.split(r"[,\s]+", text)):
        match = TEMPLATE.fullmatch(item)
        if not match:
            raise TwilioSettingsError(
                f"{TEMPLATES}: {item!r} is not kind=template, such as buttons3=HX0123… or list10=HX0123… (kinds: "
                "buttons1 to buttons3, list1 to list10)."
            )
        found[match["kind"]] = match["sid"]
    return found
