"""How the session list pages, which the API does not document: guessed, proven and followed.

Everything here is for that gap alone. The rest of the program knows the names below and nothing behind them,
so that the folder can go on the day the vendor documents paging.
"""

from zenhire_sync.api.paging.dialect import Dialect
from zenhire_sync.api.paging.list_state import Page
from zenhire_sync.api.paging.middle_pages import MiddlePages
from zenhire_sync.api.paging.page_body import as_sent
from zenhire_sync.api.paging.sessions_list import SessionList

__all__ = ["Dialect", "MiddlePages", "Page", "SessionList", "as_sent"]
