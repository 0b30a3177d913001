"""`obia deid profile`: a script of PS3.15's Basic Profile and the options chosen beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from obia import BadInput, Code, ObiaError

_FLAGS = {
    "--retain-safe-private": ("retain_safe_private", "Keep the private elements that PS3.15 E.3.10 lists, as --private safe does."),
    "--retain-uids": ("retain_uids", "Keep UIDs; whoever has the originals finds them by these."),
    "--retain-device-identity": ("retain_device_identity", "Keep which device it was."),
    "--retain-institution-identity": ("retain_institution_identity", "Keep which institution it was."),
    "--retain-patient-characteristics": ("retain_patient_characteristics", "Keep age, sex, size, weight and such."),
    "--retain-full-dates": ("retain_longitudinal_full_dates", "Keep dates and times as they are."),
    "--retain-modified-dates": ("retain_longitudinal_modified_dates", "Move dates by the patient's own days."),
    "--clean-descriptors": ("clean_descriptors", "Keep descriptions and comments, without the patient's strings."),
    "--clean-structured-content": ("clean_structured_content", "Keep the content of reports, without what identifies."),
    "--clean-graphics": ("clean_graphics", "Keep annotations, without the patient's strings; overlays and curves go."),
    "--clean-pixel-data": ("clean_pixel_data", "Claim clean pixels; the regions are a pixel script's, `obia deid run -p`."),
}  # fmt: skip


def _flags(function: Callable[..., int]) -> Callable[..., int]:
    for flag, (name, text) in reversed(_FLAGS.items()):
        function = click.option(flag, name, is_flag=True, help=text)(function)
    return function


@click.command(short_help="Write a script of PS3.15's Basic Profile and its options.")
@_flags
@click.option(
    "--private",
    type=click.Choice(["none", "numeric", "safe"]),
    default="none",
    show_default=True,
    help="Which private elements stay. numeric: numbers that are nobody's in this header; short record numbers, dates in "
    "pieces and extensions of phones may be among them. safe: those of PS3.15 E.3.10.",
)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the script into this file, a new one.")
def command(private: Literal["none", "numeric", "safe"], output: Path | None, **flags: bool) -> int:
    """Print a script for the Basic Profile of PS3.15 2026d and the options chosen beside it.

    The table's action stands behind each line. The script is CTP's language with directives of OBIA's own, to be read,
    changed and given to `obia deid run --script`. Text that stays is cleaned where it is run safely; CTP cleans none.
    OBIA's base script is --retain-patient-characteristics --retain-modified-dates --private numeric.
    """
    from obia.plugins.deid_ctp.options import FULL_DATES, MODIFIED_DATES, PIXELS, SAFE_PRIVATE, Options
    from obia.plugins.deid_ctp.profile import BLANKED, NUMBERS, script_text

    if flags[FULL_DATES] and flags[MODIFIED_DATES]:
        raise BadInput("dates stay as they are or are modified: choose one of the two options")
    chosen = {name for name, is_chosen in flags.items() if is_chosen} | ({SAFE_PRIVATE} if private == "safe" else set())
    options = Options(frozenset(chosen), private == "numeric")
    text = script_text(options)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)
    if options.has_numbers:
        click.echo(f"note: {NUMBERS}", err=True)
    if PIXELS in options:
        click.echo(f"note: {BLANKED}", err=True)
    return 0


def _write(output: Path, text: str) -> None:
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(
            f"{output.name} is there already, and may have been changed by hand; name another file"
        ) from None
    except OSError as error:
        raise ObiaError(f"{output.name} cannot be written: {error.strerror}", Code.BAD_INPUT) from None
