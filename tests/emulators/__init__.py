"""Publishers on loopback: small, strict, and able to misbehave.

Real rows are served where there are any: Chicago's from the exports that ship, and the publishers'
own files where CRIMECLAIMS_REFERENCE_DATA has them (``tests.support_cius``, and the tests named
"real"). Of the Explorer there are two captured answers of six months, which a test of its own
serves as they are; all else that is known of its series is by year, and a month made from a year
would be no real one. Of ArcGIS there are none: no county of ours has an open layer of crimes.
"""
