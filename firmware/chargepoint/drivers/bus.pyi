"""What drivers expect of the bus objects handed to them: the `machine` API, as far as it is used. For type checking only."""

from typing import Protocol, overload

class PinIn(Protocol):
    """An input; 1 is the unsafe meaning of the line (tripped, not proven open), so that a cut wire reads 1."""

    def value(self) -> int: ...


class PinOut(Protocol):
    """An output."""

    def value(self, level: int) -> object: ...


class OpenDrain(Protocol):
    """A pin that pulls low or lets go, and can be read."""

    @overload
    def value(self) -> "int | None": ...

    @overload
    def value(self, level: int, /) -> object: ...


class Uart(Protocol):
    """machine.UART with timeout 0."""

    def any(self) -> int: ...

    def readinto(self, buf: bytearray, count: int) -> "int | None": ...

    def write(self, data: bytes) -> object: ...


class Spi(Protocol):
    """machine.SPI."""

    def write_readinto(self, write_buf: bytearray, read_buf: bytearray) -> object: ...


class SpiStream(Protocol):
    """machine.SPI, for chips that take a command and then as many bytes as one likes."""

    def write(self, data: "bytes | bytearray | memoryview", /) -> object: ...

    def readinto(self, buf: "bytearray | memoryview", /) -> object: ...


class I2c(Protocol):
    """machine.I2C."""

    def readfrom_mem_into(self, address: int, memory: int, buf: "bytearray | memoryview", *, addrsize: int = 8) -> object: ...

    def writeto_mem(self, address: int, memory: int, buf: "bytes | bytearray | memoryview", *, addrsize: int = 8) -> object: ...


class Adc(Protocol):
    """machine.ADC."""

    def read_u16(self) -> int: ...


class Pwm(Protocol):
    """machine.PWM."""

    @overload
    def duty_u16(self) -> "int | None": ...

    @overload
    def duty_u16(self, duty: int, /) -> object: ...
