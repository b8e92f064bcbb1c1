"""The numbers that the wire layer answers with, as literals of their own: on the wire they are what they are."""

# tokens of JsonReader.next()
J_END = 0
J_OBJECT = 0x7B
J_OBJECT_END = 0x7D
J_ARRAY = 0x5B
J_ARRAY_END = 0x5D
J_KEY = 0x3A
J_STRING = 0x22
J_INTEGER = 0x30
J_FLOAT = 0x2E
J_TRUE = 0x74
J_FALSE = 0x66
J_NULL = 0x6E

# events of FrameReader.next()
NOTHING = 0
TEXT = 1
TOO_LONG = 2
CLOSE = 8
PING = 9
PONG = 10
FAILED = -1

# answers of Framing.read()
DROPPED = 0
NOT_UTF8 = 1
CALL = 2
RESULT = 3
ERROR = 4
REFUSE = 5
