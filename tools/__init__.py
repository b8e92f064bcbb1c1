"""What runs on the laptop: the virtual charger, the central system, images and reports. Imports firmware; never the reverse."""
