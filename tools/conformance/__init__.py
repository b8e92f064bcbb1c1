"""The parts of `make conformance`: running the cases, measuring response times, writing the report."""
