"""What a report offers to machines: pure functions from verdicts to text, and files in a folder.

Nothing here reads a build or a setting, so that everything can be made, and tested, from a run's
``verdicts.json``.
"""
