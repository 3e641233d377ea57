"""Who holds which access key: random ones, of which none can be guessed."""

import secrets
import threading
from dataclasses import dataclass

from stepmill.cloud.root import Key, new_key
from stepmill.cloud.service import ROOT, Principal
from stepmill.engine.clock import Clock


@dataclass(frozen=True)
class RoleKey:
    key: Key
    session_token: str
    principal: Principal
    expires_s: float | None


class Keyring:
    """The owner's key, and keys minted for roles; the latter live as long as this process."""

    def __init__(self, owner: Key, clock: Clock) -> None:
        self.owner = owner
        self._clock = clock
        self._lock = threading.Lock()
        self._by_id: dict[str, RoleKey] = {}
        self._lasting: dict[Principal, RoleKey] = {}

    def principal_of(self, access_key_id: str) -> Principal | None:
        """None for a key that is unknown or has expired."""
        if secrets.compare_digest(access_key_id.encode(), self.owner.access_key_id.encode()):
            return ROOT
        held = self._by_id.get(access_key_id)
        if held is None or (held.expires_s is not None and held.expires_s <= self._clock.time()):
            return None
        return held.principal

    def secret_of(self, access_key_id: str) -> str:
        """Of a key that `principal_of` knows. Raises: KeyError for any other."""
        if access_key_id == self.owner.access_key_id:
            return self.owner.secret_access_key
        return self._by_id[access_key_id].key.secret_access_key

    def lasting(self, principal: Principal) -> RoleKey:
        """The key a service hands to the programs it runs; the same one for the same principal."""
        with self._lock:
            if principal not in self._lasting:
                self._lasting[principal] = self._mint(principal, None)
            return self._lasting[principal]

    def expiring(self, principal: Principal, expires_s: float) -> RoleKey:
        with self._lock:
            now_s = self._clock.time()
            self._by_id = {
                k: held for k, held in self._by_id.items() if (held.expires_s or now_s + 1) > now_s
            }
            return self._mint(principal, expires_s)

    def _mint(self, principal: Principal, expires_s: float | None) -> RoleKey:
        held = RoleKey(new_key("ASIA"), secrets.token_urlsafe(64), principal, expires_s)
        self._by_id[held.key.access_key_id] = held
        return held
