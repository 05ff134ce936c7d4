"""``python -m flows`` is the command ``crimeclaims``."""

import sys

from flows.cli import main

sys.exit(main())
