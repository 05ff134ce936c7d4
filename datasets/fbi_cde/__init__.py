"""Offenses and clearances by month: the FBI's Crime Data Explorer."""
