"""Offenses and clearances by agency and month: the FBI's Return A master files."""
