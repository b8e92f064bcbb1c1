"""Which build this is. tools/build_image.py puts a hash of everything that the image is made of in place of the text."""

BUILD_ID = "from sources"
