"""What `make size` and `make bench` measure with, and the table they print."""
