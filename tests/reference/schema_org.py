"""Makes ``tests/golden/schema_org.json`` from the typings that schema.org's terms are published as.

    npm pack schema-dts@2.1.0 && tar xzf schema-dts-2.1.0.tgz
    python -m tests.reference.schema_org package/dist/schema.d.ts > tests/golden/schema_org.json

Kept are the types we write, with what they inherit: of each its parents and its own properties with
their ranges.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

WRITTEN = ("Article", "Claim", "ClaimReview", "CreativeWork", "Organization", "Person", "Rating")
ALSO = ("Report", "SocialMediaPosting")

_INTERFACE = re.compile(r"interface (\w+?)Base extends ([\w, <>\"@]+?) \{\n(.*?)^\}", re.M | re.S)
_PROPERTY = re.compile(r'^    "(\w+)"\?: SchemaValue<([^,]+?)(?: \| IdReference)?, "', re.M)


def table(typings: str) -> dict[str, Any]:
    """Parents and properties by type, of the types we write and all that they inherit from."""
    known = {
        name: (re.findall(r"(\w+?)Base\b", parents), body)
        for name, parents, body in _INTERFACE.findall(typings)
    }
    found: dict[str, Any] = {}
    waiting = [*WRITTEN, *ALSO]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        parents, body = known[name]
        found[name] = {
            "parents": parents,
            "properties": {key: sorted(of.split(" | ")) for key, of in _PROPERTY.findall(body)},
        }
        waiting += parents
    return dict(sorted(found.items()))


if __name__ == "__main__":
    source = {
        "publisher": "schema.org, as the npm package schema-dts has it",
        "version": "schema-dts 2.1.0",
        "published": "2026-10-02",
        "licence": "typings: Apache-2.0; schema.org's terms: CC BY-SA 3.0",
    }
    types = table(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps({"source": source, "types": types}, indent=1))
