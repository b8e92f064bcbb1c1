"""What the core may allocate: nothing while idle, little for a message."""

from boards.products import full, lecs007
from chargepoint.ocpp16.encode import encode_call
from chargepoint.wire.json_write import JsonWriter
from host_tests.core_bench import Bench
from host_tests.portable import MICROPYTHON, allocated, without_heap


def test_idle_and_charging_passes_allocate_nothing() -> None:
    for charging in (False, True):
        b = Bench(lecs007)
        if charging:
            b.charge()
        core = b.core

        def idle_pass() -> None:
            core.poll(b.now)  # noqa: B023
            core.next_due(b.now)  # noqa: B023
            core.next_call(b.now)  # noqa: B023
            core.on_meter(1, b.readings[0], b.now)  # noqa: B023
            core.commands.take()  # noqa: B023

        idle_pass()
        without_heap(idle_pass)


def test_a_meter_values_with_five_measurands_costs_under_256_bytes() -> None:
    b = Bench(lecs007)
    b.charge()
    b.run(14900)
    b.link = False
    b.run(200)
    core = b.core
    writer = JsonWriter(b.buffer)
    core.deliveries.fill(core.sources.message, b.now)

    def send() -> None:
        writer.start(0)
        core.deliveries.fill(core.sources.message, b.now)
        encode_call(writer, core.sources.message)

    send()
    assert allocated(send) <= 256
    assert writer.pos > 500


def test_ten_sessions_leave_the_heap_where_the_first_left_it() -> None:
    import gc

    b = Bench(full, MeterValueSampleInterval="10")
    used = []
    for _ in range(11):
        b.charge()
        b.run(30000)
        b.tap("CARD1")
        b.run(2000)
        b.unplug()
        b.run(6000)
        b.take()
        b.answered = {}
        b.store.writes = []
        b.commands = []
        gc.collect()
        used.append(gc.mem_alloc() if MICROPYTHON else 0)  # type: ignore[attr-defined]
    assert abs(used[-1] - used[1]) <= 256, used
