"""Publishers on loopback: small, strict, and able to misbehave."""
