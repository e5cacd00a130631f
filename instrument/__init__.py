"""The instrument: what plays."""
