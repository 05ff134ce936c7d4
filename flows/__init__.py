"""Prefect flows and the command line. Importing this package imports nothing heavy."""
