"""One reservation: whom it is for and until when, and as a line of the record that keeps it over a reset."""

LATEST_S = 0x7FFFFFFF
MOST_LEFT_S = 0x3FFFFFFF
LEAST_NUMBER = -0x80000000
MOST_NUMBER = 0x7FFFFFFF


class Reserved:
    """`number` the reservationId; `connector` 0 for any; `until_s` the UTC at which it ends; `left_s` the uptime that is left for it."""

    def __init__(self, number: int, connector: int, id_tag: str, parent: str, until_s: int, left_s: int) -> None:
        self.number = number
        self.connector = connector
        self.id_tag = id_tag
        self.parent = parent  # the parentIdTag, "" for none
        self.until_s = until_s
        self.left_s = left_s

    def is_for(self, id_tag: str, parent: "str | None") -> bool:
        """Whether an idTag of this group may use it; both are CiStrings."""
        return self.id_tag.lower() == id_tag.lower() or bool(self.parent and parent and self.parent.lower() == parent.lower())

    def pass_time(self, seconds: int) -> None:
        """So much uptime has gone by."""
        self.left_s -= seconds

    def line(self) -> str:
        """The line of the record."""
        return "%d\t%d\t%s\t%s\t%d\t%d" % (self.number, self.connector, self.id_tag, self.parent, self.until_s, self.left_s)


def read(line: str, connectors: int) -> Reserved:
    """What a line of the record says. Raises: ValueError when it makes no sense."""
    number, connector, id_tag, parent, until_s, left_s = line.split("\t")
    entry = Reserved(int(number), int(connector), id_tag, parent, int(until_s), int(left_s))
    sound = LEAST_NUMBER <= entry.number <= MOST_NUMBER and 0 <= entry.connector <= connectors and 0 < len(id_tag) <= 20 and len(parent) <= 20
    if not sound or not 0 <= entry.until_s <= LATEST_S or not 0 <= entry.left_s <= MOST_LEFT_S:
        raise ValueError
    return entry
