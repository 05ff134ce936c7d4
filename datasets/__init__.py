"""Published sources and the way from their bytes to a validated warehouse build.

Nothing in this package knows of claims, of checks or of Prefect.
"""
