"""Estimated crimes of the nation and the states: the FBI's ``estimated_crimes`` file."""
