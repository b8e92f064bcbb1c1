"""The panel in the browser: virtual chargers and a central system to click. What it shows and sends is pure; pages.py and beside need nicegui."""
