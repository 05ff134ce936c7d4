"""How the bundled snapshots were made from the publishers' files.

Needs the folder of those files in CRIMECLAIMS_REFERENCE_DATA.
"""
