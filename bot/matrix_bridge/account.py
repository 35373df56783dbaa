"""The bot's account: signs in, with one device whose keys outlive restarts, in a folder that nobody else may open."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nio import AsyncClient, AsyncClientConfig, LoginResponse, WhoamiResponse
from nio.store import SqliteStore
from vodozemac import LibolmPickleException, PickleException

from bot.matrix_bridge.identity import Identity
from bot.matrix_bridge.settings import PREFIX, BridgeSettings
from bot.matrix_bridge.state import private_folder

logger = logging.getLogger(__name__)

ACCOUNT_FILE, KEYS_FILE, LOCK_FILE = "account.json", "device.db", "lock"


class BridgeError(Exception):
    """The bridge can't go on; the text says why and what to do."""


@contextmanager
def alone(folder: Path, needed: bool = True) -> Iterator[None]:
    """Holds the folder for this process: two bridges with one device would spoil its keys.

    Args:
        folder: Where the device's keys are kept.
        needed: False for who only looks; then it is no error that a bridge runs.

    Raises:
        BridgeError: another bridge has it.
    """
    with (private_folder(folder) / LOCK_FILE).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if needed:
                raise BridgeError(f"Another bridge uses {folder}. One bridge is enough for all rooms.") from None
        yield


async def sign_in(settings: BridgeSettings, folder: Path, device_name: str) -> AsyncClient:
    """The signed-in client with its device's keys. It waits for a homeserver that is away.

    Args:
        settings: Of the bridge.
        folder: Where the device's keys are kept.
        device_name: Under which the device is listed, when it is new.

    Raises:
        BridgeError: the homeserver refuses the account, or the keys can't be opened.
    """
    saved = _read(folder / ACCOUNT_FILE)
    if saved and saved["user_id"] != settings.user_id:
        raise BridgeError(
            f"{folder} holds the keys of {saved['user_id']}, and {PREFIX}USER is {settings.user_id}. "
            "Give each account a state folder of its own."
        )
    client = AsyncClient(
        settings.homeserver,
        settings.user_id,
        device_id=saved.get("device_id", ""),
        store_path=str(folder),
        config=AsyncClientConfig(
            store=SqliteStore, store_name=KEYS_FILE, pickle_key=settings.key, max_timeout_retry_wait_time=10
        ),
    )
    try:
        await _enter(client, settings, saved, device_name)
    except (PickleException, LibolmPickleException):
        await client.close()
        raise BridgeError(
            f"The device's keys in {folder} can't be opened with this key. Set {PREFIX}KEY_FILE to the key they were "
            "made with; if it is lost, remove that folder: the bot then has a new device, to be verified anew."
        ) from None
    except BaseException:
        await client.close()
        raise
    account = {"user_id": client.user_id, "device_id": client.device_id}
    # A token that the clinic gave stays where the clinic keeps it.
    _write(folder / ACCOUNT_FILE, account if settings.token else {**account, "token": client.access_token})
    return client


def fingerprints(client: AsyncClient, identity: Identity) -> str:
    """What people compare to verify the bot, in lines."""
    return "\n".join(
        [
            f"Account:          {client.user_id}",
            f"Device:           {client.device_id}",
            f"Device key:       {_in_fours(client.olm.account.identity_keys['ed25519'])}",
            f"Account identity: {_in_fours(identity.fingerprint)}",
        ]
    )


async def _enter(client: AsyncClient, settings: BridgeSettings, saved: dict[str, str], device_name: str) -> None:
    token = settings.token or saved.get("token", "")
    if token:
        client.access_token = token
        whoami = await client.whoami()
        if isinstance(whoami, WhoamiResponse):
            _check(settings, saved, whoami)
            client.restore_login(whoami.user_id, whoami.device_id, token)
            return
        if settings.token:
            raise BridgeError(f"The homeserver refuses the token ({whoami.status_code}). Make a new one.")
        client.access_token = ""
    entered = await client.login(settings.password, device_name=device_name)
    if not isinstance(entered, LoginResponse):
        raise BridgeError(f"The homeserver refuses to sign in {settings.user_id} ({entered.status_code}).")


def _check(settings: BridgeSettings, saved: dict[str, str], whoami: WhoamiResponse) -> None:
    if whoami.user_id != settings.user_id:
        raise BridgeError(f"The token is of {whoami.user_id}, and {PREFIX}USER is {settings.user_id}.")
    if not whoami.device_id:
        raise BridgeError("The token belongs to no device, so there is nothing to encrypt for. Sign in to get one.")
    if saved and saved["device_id"] != whoami.device_id:
        raise BridgeError(
            f"The token is of the device {whoami.device_id}, and the keys here are those of {saved['device_id']}. "
            "Use that device's token, or another state folder."
        )


def _in_fours(key: str) -> str:
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        saved: dict[str, str] = json.loads(path.read_text("utf-8"))
        return {"user_id": str(saved["user_id"]), "device_id": str(saved["device_id"]), **saved}
    except (OSError, ValueError, KeyError, TypeError):
        raise BridgeError(
            f"{path} is damaged. Restore it from a backup, or remove the folder for a new device."
        ) from None


def _write(path: Path, account: dict[str, Any]) -> None:
    """Replaces the file in one step, readable for this user alone."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(account), "utf-8")
    os.replace(fresh, path)
