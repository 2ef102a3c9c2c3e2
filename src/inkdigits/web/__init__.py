"""The HTTP API, its client, and the page: `inkdigits serve`.

``inkdigits.web.client`` needs no server, and what is here no web framework. ``inkdigits.web.app`` needs the extra
``serve``.
"""

from inkdigits.web.settings import Settings

__all__ = ["Settings"]
