"""A local central system for OCPP 1.6J that checks every message against the official JSON schema."""
