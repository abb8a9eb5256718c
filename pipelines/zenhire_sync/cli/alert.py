"""``zenhire-sync alert``: says what a person must know, to a webhook or by mail."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED

if TYPE_CHECKING:
    from zenhire_sync.alerts import AlertSummary


def alert(
    *,
    trial: Annotated[
        bool, typer.Option("--trial", help="Send a message that says it is a trial to each channel.")
    ] = False,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Tell a webhook or by mail what needs attention: once, again when it is worse, and when it is over."""

    def work(context: Context) -> Result:
        from zenhire_sync.alerts import alert as send
        from zenhire_sync.alerts import try_channels

        settings = context.config.settings
        done = try_channels(settings) if trial else send(settings, now=context.as_of)
        facts = {
            "troubles": [asdict(trouble) for trouble in done.troubles],
            **{name: [one.cause for one in getattr(done.news, name)] for name in ("new", "worse", "over")},
            "failures": list(done.failures),
        }
        code = EXIT_FAILED if done.failures else EXIT_DONE
        return Result({"alert": facts}, "\n".join(_lines(done)), code)

    perform(Call("alert", profile, json, log_format, needs_lock=False), work)


def _lines(done: AlertSummary) -> list[str]:
    said = [(word, found) for word in ("new", "worse", "over") for found in getattr(done.news, word)]
    taken = done.channels - len(done.failures)
    heading = (
        f"alert: {len(said)} said, taken by {taken} of {done.channels} channels"
        if said
        else (f"alert: nothing to say; {len(done.troubles)} known")
    )
    return [
        heading,
        *(f"  {word:<8} {trouble.sentence}" for word, trouble in said),
        *(f"  FAILED   {failure}" for failure in done.failures),
    ]
