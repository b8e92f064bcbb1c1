"""Everything that is stored, on one page: names, owners, formats, sizes, places.

Named records are in the table; record_file.py is the codec that reads and writes them. What it cannot read, what is shorter or longer
than its line allows, of another version, or under a name that is not here, is reported and counts as absent. Owners look at what is
inside in the same way, and say `Store.unusable` when it makes no sense.

What is stored but is no named record:

    q<number>, d<number>      segments of the queue of transaction messages and of the dead letters  record_queue.py
    events0, events1          the event log, 4 KiB each                                              event_log.py
    crash                     a byte for each crash in a row                                         main.py
    provision.txt, roots.der  what an installer told, at most 8 and 16 KiB                           provision.py

FRAM; drivers/fram.py has the addresses, boards take them from there too:

    ENERGY_AT       the energy registers, 28 bytes a slot                                            drivers/energy_register.py
    CALIBRATION_AT  the meter's calibration, 132 bytes                                               drivers/calibration.py
    EVENTS_AT       528 bytes: what the event log has not in the flash yet                           event_log.py
    STAGING_AT      to the end: what is written while a contactor is closed                          staging.py
"""

from micropython import const

_LINE_BYTES = const(30)

# The kinds of entries in the staging log.
STAGED_RECORD = const(1)  # a transaction message
STAGED_POP = const(2)  # the number of the oldest that waits
STAGED_SAVE = const(3)  # a named record
STAGED_DEAD = const(4)  # a dead letter
STAGED_IN_FLASH = const(5)  # the flash has a newer version of the name than the entries before

MOST_NUMBERS = const(0x3FFFFFFF)  # what counts up ends here; what is not below was never written by this firmware

# A line: name, version, least and greatest size of the data, copies that a save leaves behind, + what a central system can make us write.
# With two copies what was saved last is there twice, and damage to one file loses nothing; it doubles the wear, so it is for what changes
# seldom and would be missed. What has a + is bounded by the hour: store.py.
PAGE = (
    b"boot         1 00004 00004 1 \n"  # store.py: boots so far u32
    b"cause        1 00001 00016 1 \n"  # app.py: 1 = a reset that was asked for comes; then what is left of the allowances
    b"probe        1 00001 00001 1 \n"  # app.py: any byte, to find out whether the flash takes writes again
    b"qhead        1 00004 00004 1 \n"  # record_queue.py: number u32 of the oldest message that waits
    b"dhead        1 00004 00004 1 \n"  # record_queue.py: of the oldest dead letter
    b"config       1 00000 08192 2+\n"  # core/configuration.py: lines name=value in UTF-8, of what is not as made
    b"availability 1 00002 00009 2+\n"  # core/site.py: 0 or 1 for the charge point, then for each connector
    b"authcache    1 00000 08192 1+\n"  # core/messages/authorization.py: lines of idTag, status, expiry, parentIdTag, tabs between
    b"reserved     1 00000 00512 1+\n"  # core/features/reserved.py: lines of a reservation's id, connector, idTag, parentIdTag, UTC, seconds left, tabs between
    b"profiles     1 00000 04096 1+\n"  # core/features/profile_set.py: the charging profiles but TxProfiles, as in charging_profile.py
    b"listchange   1 00000 04608 1+\n"  # core/features/list_change.py: an update of the local list that is not in the list yet
    b"starts       1 00016 00256 1 \n"  # core/messages/deliveries.py: for each connector number u32, fate u32, transactionId i64; then its times
    b"utc          1 00012 00096 1 \n"  # core/clock.py: for each of the last boots its number u32, UTC in seconds i64 at its uptime 0
    b"tx1          1 00000 00016 1 \n"  # core/charging/transaction.py: the running transaction of connector 1, empty when none runs
    b"tx2          1 00000 00016 1 \n"
    b"firmware     1 00013 00540 1+\n"  # core/features/firmware.py: the update under way and the statuses that wait to be told
    b"weld         1 00001 00001 2 \n"  # runtime/hardware/latches.py: bit n = the contactor of connector n is welded
    b"latches      1 00004 00032 2 \n"  # latches.py: for each connector fault bits u24, residual currents in a row u8
    b"energy1      1 00028 00028 1 \n"  # drivers/energy_register.py: a slot as in the FRAM
    b"energy2      1 00028 00028 1 \n"
    b"clock        1 00004 00004 1 \n"  # runtime/link/tls_clock.py: UTC u32 when the central system last told it
    b"meta         1 00000 00512 1 \n"  # what became `utc` and `starts`: former_formats.py
)


def line_of(name: str) -> int:
    """Return where the line of a name begins on the page, -1 when it is not there."""
    at = PAGE.find((name + " ").encode())
    return -1 if at % _LINE_BYTES else at


def name_of(key: bytes) -> str:
    """Return the name that these bytes are, "" when it is not on the page."""
    return "" if not key or PAGE.find(key + b" ") % _LINE_BYTES else str(key, "utf-8")


def version(line: int) -> int:
    """Return the version of the record with this line."""
    return PAGE[line + 13] - 0x30


def fits(line: int, size: int) -> bool:
    """Return whether data of this size can be the record's."""
    return int(PAGE[line + 15 : line + 20]) <= size <= int(PAGE[line + 21 : line + 26])


def is_twice(line: int) -> bool:
    """Return whether a save leaves two copies."""
    return PAGE[line + 27] == 0x32


def is_bounded(line: int) -> bool:
    """Return whether a central system can make us write the record, so that it is bounded how often."""
    return PAGE[line + 28] == 0x2B
