"""Which board this image is for. The image builder writes the name here; from the sources there is none."""

BOARD = ""
