"""`obia deid`: folders of DICOM de-identified by a script, with no archive, no graph and no queue."""

from collections.abc import Sequence

import click

from obia.plugins.deid_ctp.command import explain, lint, mapping, preview, profile, run, verify, where

group = click.Group(
    "deid",
    help="De-identify folders by a CTP script; no archive is needed.\n\n"
    "`profile` writes a script, `lint` and `explain` say what a script does, `preview` shows it on files, `run` does it, `verify` checks it.",
    short_help="De-identify folders by a CTP script; no archive is needed.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    commands={
        "run": run.command,
        "lint": lint.command,
        "explain": explain.command,
        "profile": profile.command,
        "preview": preview.command,
        "verify": verify.command,
        "where": where.command,
        "mapping": mapping.command,
    },
)


class DeidCommand:
    """The group as a plugin's command."""

    name = "deid"
    help = "De-identify folders by a CTP script; no archive is needed."

    def run(self, arguments: Sequence[str]) -> int:
        """Run a subcommand; what is wrong is raised, for the program to say it in one line."""
        status = group.main(list(arguments) or ["--help"], prog_name="obia deid", standalone_mode=False)
        return status if isinstance(status, int) else 0
