"""A folder of anybody's audio becomes loops to train on: read, beat-tracked, cut on the bar, described and encoded."""
