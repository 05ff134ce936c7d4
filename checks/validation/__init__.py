"""The gate: what the data of a build must satisfy before anybody may read it.

The checks are data (``suites/*.yml``). They run as SQL in the build's own file, by Great
Expectations, which only ``gx_duckdb`` imports.
"""
