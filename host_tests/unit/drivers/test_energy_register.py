"""The energy register: never lower, whatever is torn, lost or missing. docs/hardware.md 2.6."""

import struct
from binascii import crc32

from chargepoint.drivers.energy_register import EnergyRegister
from chargepoint.drivers.fram import Fram
from host_tests.portable import without_heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Chip:
    """An FRAM on I2C: 4 KiB; `cut` bytes are stored before the power fails, -1 = it does not."""

    def __init__(self) -> None:
        self.data = bytearray(4096)
        self.cut = -1
        self.dead = False
        self.dead_from = 4096  # only addresses from here on do not answer

    def readfrom_mem_into(self, address: int, memory: int, buf: "Any", *, addrsize: int = 8) -> None:
        if self.dead or memory >= self.dead_from:
            raise OSError(5)
        if address == 0x7C and memory == 0xA0:
            buf[:] = b"\x00\xa5\x10"
            return
        assert addrsize == 16 and address == 0x50
        for n in range(len(buf)):
            buf[n] = self.data[memory + n]

    def writeto_mem(self, address: int, memory: int, buf: "Any", *, addrsize: int = 8) -> None:
        if self.dead:
            raise OSError(5)
        assert addrsize == 16 and address == 0x50
        count = len(buf) if self.cut < 0 else min(self.cut, len(buf))
        for n in range(count):
            self.data[memory + n] = buf[n]


class Store:
    """The flash copies."""

    def __init__(self) -> None:
        self.records: "dict[str, bytes]" = {}
        self.saves = 0

    def load(self, name: str) -> "bytes | None":
        return self.records.get(name)

    def save(self, name: str, data: bytes) -> bool:
        self.saves += 1
        self.records[name] = data
        return True


def opened(chip: "Chip | None", store: "Store | None" = None, base: int = 64) -> EnergyRegister:
    register = EnergyRegister(Fram(chip) if chip is not None else None, base)
    register.open(store, "energy1")
    return register


def test_energy_is_carried_in_integers() -> None:
    register = opened(Chip())
    for _ in range(8):
        register.add(3125)  # one count of the chip: 3.125 mWh
    assert register.total_mwh == 25


def test_the_remainder_survives_a_reboot() -> None:
    chip = Chip()
    for _ in range(1000):
        opened(chip).add(3125)
    assert opened(chip).total_mwh == 3125


def test_the_count_comes_back_after_a_power_cut() -> None:
    chip = Chip()
    register = opened(chip)
    assert register.origin == "new"
    for _ in range(11):
        register.add(2043750)
        again = opened(chip)
        assert again.total_mwh == register.total_mwh and again.origin == "fram"
    assert register.total_mwh == 11 * 2043750 // 1000


def test_a_torn_write_costs_at_most_one_poll() -> None:
    for cut in range(29):
        chip = Chip()
        register = opened(chip)
        for _ in range(6):
            register.add(1000000)
        chip.cut = cut
        register.add(1000000)
        chip.cut = -1
        after = opened(chip).total_mwh
        assert after == (7000 if cut == 28 else 6000), cut


def test_a_damaged_slot_is_not_believed() -> None:
    chip = Chip()
    register = opened(chip)
    for _ in range(6):
        register.add(1000000)
    for n in range(64, 64 + 4 * 28):
        spoilt = Chip()
        spoilt.data[:] = chip.data
        spoilt.data[n] ^= 0x40
        assert 5000 <= opened(spoilt).total_mwh <= 6000, n


def test_records_stay_inside_their_place() -> None:
    chip = Chip()
    register = opened(chip)
    for _ in range(20):
        register.add(1000)
    assert not any(chip.data[:64]) and not any(chip.data[64 + 112 :])


def test_the_flash_copy_stands_in_for_lost_fram() -> None:
    store = Store()
    register = opened(Chip(), store)
    register.add(5000000)
    assert register.save_copy() and register.save_copy()
    assert store.saves == 1  # nothing new, nothing written
    replaced = opened(Chip(), store)
    assert (replaced.total_mwh, replaced.origin) == (5000, "flash")
    replaced.add(1000)
    assert replaced.total_mwh == 5001


def test_fram_is_newer_than_the_copy() -> None:
    store = Store()
    chip = Chip()
    register = opened(chip, store)
    register.add(5000000)
    register.save_copy()
    register.add(1000000)
    assert opened(chip, store).total_mwh == 6000


def test_a_copy_above_the_fram_wins_for_the_count_never_falls() -> None:
    store = Store()
    register = opened(Chip(), store)
    register.add(9000000)
    register.save_copy()
    other = Chip()
    opened(other).add(2000000)
    assert opened(other, store).total_mwh == 9000


def test_without_fram_only_the_copy_is_safe() -> None:
    store = Store()
    register = opened(None, store)
    assert register.volatile
    register.add(7000000)
    register.save_copy()
    assert opened(None, store).total_mwh == 7000


def test_a_dead_fram_is_noticed_and_counting_goes_on() -> None:
    chip = Chip()
    register = opened(chip, Store())
    chip.dead = True
    assert register.add(1000000) == 1000
    assert register.failed and register.volatile
    chip.dead = False
    register.add(1000000)
    assert not register.failed and opened(chip).total_mwh == 2000


def test_a_write_that_failed_is_repeated_though_no_energy_flows() -> None:
    chip = Chip()
    register = opened(chip, Store())
    chip.dead = True
    register.add(1000000)
    register.retry()
    register.add(0)  # the fault has opened the contactor
    assert register.failed and register.volatile
    chip.dead = False
    register.retry()
    assert not register.failed and not register.volatile and opened(chip).total_mwh == 1000


def charged(chip: Chip, store: Store) -> None:
    """5 kWh at the last stop, then 7 kWh more, of which only the FRAM knows."""
    register = opened(chip, store)
    register.add(5000000000)
    register.save_copy()
    register.add(7000000000)


def test_a_fram_that_is_silent_at_boot_is_read_later_and_nothing_is_lost() -> None:
    for boots in (1, 3):
        chip = Chip()
        store = Store()
        charged(chip, store)
        chip.dead = True
        for _ in range(boots):
            register = opened(chip, store)
            assert register.failed and register.volatile and not register.known
            register.add(1000000000)
            register.retry()
            assert not register.known and register.failed
        chip.dead = False
        register.add(1000000000)  # nothing is written over the slots that were not read
        assert opened(chip, store).total_mwh == 12000000
        register.retry()
        assert register.known and not register.failed and not register.volatile
        assert register.total_mwh == 14000000  # what this boot counted comes on top
        register.add(1000000)
        assert opened(chip, store).total_mwh == 14001000


def test_one_slot_that_does_not_answer_may_be_the_one_that_counts() -> None:
    for slot in range(4):
        chip = Chip()
        store = Store()
        charged(chip, store)
        chip.dead_from = 64 + slot * 28
        register = opened(chip, store)
        assert not register.known and register.failed
        chip.dead_from = 4096
        register.retry()
        assert register.total_mwh == 12000000


def test_a_fram_without_a_count_that_comes_late_takes_the_count_there_is() -> None:
    store = Store()
    charged(Chip(), store)
    chip = Chip()
    chip.dead = True
    register = opened(chip, store)
    register.add(1000000000)
    chip.dead = False
    register.retry()
    assert register.known and register.total_mwh == 6000000
    register.add(1000000)
    assert opened(chip).total_mwh == 6001000


def test_a_retry_costs_nothing_when_there_is_nothing_to_retry() -> None:
    register = opened(Chip())
    without_heap(register.retry)


def test_a_bus_error_asks_the_board_to_free_the_bus() -> None:
    chip = Chip()
    freed: "list[int]" = []

    def free() -> None:
        freed.append(1)
        chip.dead = False

    fram = Fram(chip, free_bus=free)
    chip.dead = True
    assert not fram.present() and len(freed) == 1
    assert fram.present() and len(freed) == 1


def test_a_count_that_no_charger_reaches_is_not_believed() -> None:
    for total_mwh, believed in ((4289999999999, True), (4291000000000, False), (2**64 - 1, False)):
        chip = Chip()
        register = opened(chip)
        register.total_mwh = min(total_mwh, 2**63)
        register._pack()
        record = register._record
        struct.pack_into("<Q", record, 8, total_mwh)
        struct.pack_into("<I", record, 24, crc32(bytes(record[:24])))
        chip.data[64 : 64 + 28] = record
        assert opened(chip).total_mwh == (total_mwh if believed else 0), total_mwh


def test_the_sequence_starts_again_and_the_newest_slot_is_still_known() -> None:
    chip = Chip()
    register = opened(chip)
    register._sequence = 0x3FFFFFFD
    for _ in range(6):
        register.add(1000)
        again = opened(chip)
        assert again.total_mwh == register.total_mwh and again._sequence == register._sequence
    assert register._sequence == 3


def test_a_decrease_is_never_booked() -> None:
    register = opened(Chip())
    register.add(1000000)
    assert register.add(-500000) == 1000


def test_the_device_id_tells_the_chip() -> None:
    chip = Chip()
    assert Fram(chip).present()
    chip.dead = True
    assert not Fram(chip).present()


def test_adding_allocates_nothing() -> None:
    register = opened(Chip())
    register.add(2043750)
    without_heap(lambda: None)
    add = register.add

    def once() -> None:
        add(2043750)

    without_heap(once)
