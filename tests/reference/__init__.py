"""How the bundled snapshots were made from the publishers' files (needs CRIMECLAIMS_REFERENCE_DATA)."""
