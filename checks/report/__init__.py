"""The report of a run: a folder of pages that an editor can read, check and quote from.

Every page holds all it shows: no request to anywhere, and no script but the filter of the front
page. A content security policy makes a browser enforce that, whatever a claim's words are. Links
between pages are relative, so that the folder can be moved, mailed or put on any server.
"""

from checks.report.site import RunInfo, pages
from checks.report.templating import FRONT

__all__ = ["FRONT", "RunInfo", "pages"]
