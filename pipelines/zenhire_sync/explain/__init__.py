"""The way back: from one published figure to its sessions, their raw rows, and the runs that wrote them."""

from zenhire_sync.explain.figure import Explanation as Explanation
from zenhire_sync.explain.figure import SessionTrace as SessionTrace
from zenhire_sync.explain.figure import explain_figure as explain_figure
from zenhire_sync.explain.ways import WAYS as WAYS
