"""``zenhire-sync explain``: one published figure, back to the sessions, rows and runs that it is made of."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform

if TYPE_CHECKING:
    from zenhire_sync.explain import Explanation, SessionTrace


def explain(
    mart: Annotated[str, typer.Argument(help="Name of the mart, such as credit_usage_daily.")],
    key: Annotated[str, typer.Argument(help="Value of the mart's key column: credit_usage_key, session_id.")],
    *,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="Sessions traced.")] = 10,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Trace one row of a mart to its sessions, their raw rows, and the runs that wrote them."""

    def work(context: Context) -> Result:
        from zenhire_sync.explain import explain_figure

        found = explain_figure(context.config.settings, mart, key, limit)
        facts = {**asdict(found), "adds_up": found.adds_up}
        return Result({"explain": facts}, "\n".join(_lines(found)), keeps_lines=True)

    perform(Call("explain", profile, json, log_format), work)


def _lines(found: Explanation) -> list[str]:
    lines = [
        f"{found.mart} {found.key}",
        *(f"  {name}: {_plain(value)}" for name, value in found.row.items()),
    ]
    for name, (told, of_sessions) in found.sums.items():
        verdict = "as" if told == of_sessions else "NOT as"
        lines.append(
            f"{name} {_plain(told)} is {verdict} its {found.sessions:,} sessions add up to: {of_sessions}"
        )
    for trace in found.traces:
        lines += ["", *_session(trace)]
    if left := found.sessions - len(found.traces):
        lines += ["", f"and {left:,} more sessions: --limit {found.sessions}"]
    return lines


def _session(trace: SessionTrace) -> list[str]:
    session, run = trace.session, trace.written_by
    lines = [
        f"session {session['session_id']}: {session['outcome']}, "
        f"{_plain(session['credits_charged'])} credits, completed {_plain(session['completed_at'])}"
    ]
    if run is None:
        lines.append("  not in the raw tables any more")
    else:
        lines.append(
            f"  raw row written {_plain(run['synced_at'])} by {_plain(run['run_id'])} "
            f"({_plain(run['command'])}, {_plain(run['outcome'])}); detail {_plain(run['detail_checked_at'])}"
        )
    lines += [
        f"  seen {_plain(state['seen_from'])}: {state['status']}, {_plain(state['credit_charged'])} credits, "
        f"rating {_plain(state['rating'])}, by {state['run_id']}"
        for state in trace.states
    ]
    return lines + [
        f"  set aside {_plain(row['first_seen_at'])}: {row['reason']}, "
        f"requestId {_plain(row['request_id'])}, healed {_plain(row['healed_at'])}"
        for row in trace.set_aside
    ]


def _plain(value: Any) -> str:
    return "-" if value is None else str(value)
