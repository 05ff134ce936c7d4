"""Offenses by agency and month in Florida: the state's incident-based reporting system."""
