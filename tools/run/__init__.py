"""`make run`: one charging session on the virtual charger against a live central system, as a view or as lines."""
