"""Whoever looks a key up in docs/settings.md finds what the code says."""

from __future__ import annotations

from tools import settings_reference


def test_the_reference_of_all_keys_is_what_the_code_says() -> None:
    document = settings_reference.DOCUMENT.read_text("utf-8")
    assert settings_reference.with_table(document) == document, "docs/settings.md is behind the code: run make settings-reference"


def test_a_row_has_each_products_own_value_and_says_where_there_is_no_such_key() -> None:
    by_name = {row[0].strip("`"): row for row in settings_reference.rows()}
    assert by_name["AuthorizationCacheEnabled"][-3:] == ["no such key", "true", "true"]
    assert by_name["NumberOfConnectors"][-3:] == ["1", "1", "2"]
    assert by_name["AuthorizationKey"][3] == "write-only"
    assert by_name["WebSocketPingInterval"][2] == "0 to 3600"
