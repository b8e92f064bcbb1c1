"""The messages of a feature as text, and how to find a line in it. They lie in features/, one module a profile; decode.py and encode.py read them.

A module has one table, WIRE. Its lines, in any order but that of the codes:

    >NAME fields     a request of the central system; its code is the one at the same place of the feature's ACTIONS
    = fields         behind it: our answer, if it is more than a status of `encode`
    <NAME fields     a request of ours; its code is the one at the same place of the feature's SENDS
    = fields         behind it: the answer that we get
    .NAME fields     an object that others name, or words: .NAME "First","Second",

Fields are written as in decode.py. In what we send a `t` is a pair of seconds since 2020 and milliseconds, and None leaves a field out. Arrays of strings (`a`)
are for requests that we receive.
"""


def line_at(table: str, mark: str, number: int) -> int:
    """Where line `number` of those that begin with `mark` (a newline and a sign, or just a newline) starts. Allocates: none."""
    at = table.find(mark)
    for _ in range(number):
        at = table.find(mark, at + 1)
    return at + 1


def answer_line(table: str, mark: str, number: int) -> int:
    """Where the answer's line behind that line starts; it has to be there. Allocates: none."""
    return table.find("\n= ", line_at(table, mark, number)) + 1
