"""The charging profiles that are installed, and which of them counts.

All but TxProfiles are kept in the store; a record that could not be written (the flash is spared from a central system that sends one every second)
is tried again each minute. A profile replaces the one with its id, and the one of its connector, purpose and stackLevel.

Of a purpose the highest stackLevel that says something at that moment counts. On a transaction's side a TxProfile overrules all TxDefaultProfiles, also
when it has run out; a TxDefaultProfile of the connector goes before those of connector 0.  Spec: OCPP 1.6 edition 2, 3.13.
"""

from micropython import const

from chargepoint.core.features.charging_profile import HAS_FROM, HAS_START, HAS_TO, HEAD_BYTES, connector_of, id_of, length_of, purpose_of, stack_of
from chargepoint.core.features.schedule import NEVER_S, Look
from chargepoint.ocpp16.features.smart_charging import KIND_RECURRING, PURPOSE_DEFAULT, PURPOSE_MAX, PURPOSE_TX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

MOST_PROFILES = const(10)  # MaxChargingProfilesInstalled
_RECORD = "profiles"


class ProfileSet:
    """See the module. For reading: `installed`; after `choose`: `profile` (None for none) and where in it the period is, `at`; `until_s`."""

    def __init__(self, store: "Any", connectors: int) -> None:
        """Take what the store holds; a record that is none counts as absent."""
        self._store = store
        self.installed: "list[bytes]" = []
        self.is_saved = True
        self.profile: "bytes | None" = None
        self.at = -1
        self.until_s = NEVER_S
        self._look = Look()
        self._load(connectors)

    def _load(self, connectors: int) -> None:
        stored = self._store.load(_RECORD) or b""
        at = 0
        while at < len(stored):
            length = length_of(stored, at)
            if not length or stored[at + 4] > connectors or len(self.installed) == MOST_PROFILES:
                self._store.unusable(_RECORD)
                self.installed.clear()
                return
            self.installed.append(bytes(stored[at : at + length]))
            at += length

    def put(self, profile: bytes) -> str:
        """Install a profile. Returns: nothing, or why it is not."""
        id_, connector, purpose, stack = id_of(profile), connector_of(profile), purpose_of(profile), stack_of(profile)
        kept = [
            p for p in self.installed if id_of(p) != id_ and (connector_of(p) != connector or purpose_of(p) != purpose or stack_of(p) != stack)
        ]
        if len(kept) == MOST_PROFILES:
            return "%d profiles are installed already" % MOST_PROFILES
        self._take(kept + [profile])
        return ""

    def clear(self, is_meant: "Callable[[bytes], bool]") -> bool:
        """Remove all profiles that are meant. Returns: whether there was one."""
        kept = [profile for profile in self.installed if not is_meant(profile)]
        if len(kept) == len(self.installed):
            return False
        self._take(kept)
        return True

    def _take(self, profiles: "list[bytes]") -> None:
        former = self._durable()
        self.installed = profiles
        if self._durable() != former or not self.is_saved:
            self.save()

    def save(self) -> None:
        """Write the record; `is_saved` says whether that worked."""
        self.is_saved = bool(self._store.save(_RECORD, self._durable()))

    def _durable(self) -> bytes:
        return b"".join([profile for profile in self.installed if purpose_of(profile) != PURPOSE_TX])

    # --- which counts

    def begin_of(self, profile: bytes) -> None:
        """Let the first period of a profile count that is not installed yet. Allocates: none."""
        self.profile = profile
        self.at = HEAD_BYTES
        self.until_s = NEVER_S

    def choose(self, connector: int, is_max: bool, now_s: int, began_s: int, knows_utc: bool) -> None:
        """Find the profile that counts for a connector: of the charge point's purpose, or of the transaction's. Allocates: none below 2**30."""
        self.profile = None
        self.at = -1
        self.until_s = NEVER_S
        if is_max:
            self._highest(PURPOSE_MAX, 0, now_s, began_s, knows_utc)
        elif not self._highest(PURPOSE_TX, connector, now_s, began_s, knows_utc):
            self._highest(PURPOSE_DEFAULT, connector, now_s, began_s, knows_utc)
            if self.profile is None:
                self._highest(PURPOSE_DEFAULT, 0, now_s, began_s, knows_utc)

    def _highest(self, purpose: int, connector: int, now_s: int, began_s: int, knows_utc: bool) -> bool:
        """The highest stackLevel of a purpose that says something. Returns: whether there is a profile of that purpose at all."""
        look = self._look
        found = False
        for profile in self.installed:
            if profile[5] != purpose or profile[4] != connector:
                continue
            found = True
            if knows_utc or not (profile[10] & (HAS_START | HAS_FROM | HAS_TO) or profile[7] == KIND_RECURRING):
                look.take(profile, now_s, began_s)
            else:
                look.take_least(profile)
            self.until_s = min(self.until_s, look.until_s)
            if look.at >= 0 and (self.profile is None or profile[6] > self.profile[6]):
                self.profile = profile
                self.at = look.at
        return found
