"""`obia deid profile`: a script of PS3.15's Basic Profile and the options chosen beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from obia import BadInput, Code, ObiaError
from obia.plugins.deid_ctp.command.plan import Text

_SAFE_PRIVATE = "retain_safe_private"
_FLAGS = {
    "--retain-safe-private": (_SAFE_PRIVATE, "Keep the private elements that PS3.15 E.3.10 lists, as --private safe does."),
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
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, readable=False),
    help="Write the script into this file, a new one.",
)
def command(private: Literal["none", "numeric", "safe"], output: Path | None, **flags: bool) -> int:
    """Print a script for the Basic Profile of PS3.15 2026d and the options chosen beside it.

    The table's action stands behind each line. The script is CTP's language with directives of OBIA's own, to be read,
    changed and given to `obia deid run --script`. Text that stays is cleaned where it is run safely; CTP cleans none.
    OBIA's base script is --retain-patient-characteristics --retain-modified-dates --private numeric.
    """
    flags[_SAFE_PRIVATE] |= private == "safe"
    text = _text({name for name, is_chosen in flags.items() if is_chosen}, private == "numeric")
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)
    return 0


def read_profile(words: str) -> Text:
    """The script of a profile written as its options' flags without dashes, with commas between. Raises BadInput."""
    names = {flag.removeprefix("--"): name for flag, (name, _) in _FLAGS.items()}
    said = [word.strip() for word in words.split(",")]
    for word in said:
        if word not in names and word not in ("basic", "numeric"):
            raise BadInput(f"no option of a profile: {word!r}; there are basic, numeric, {', '.join(names)}")
    return Text(f"profile {','.join(said)}", _text({names[word] for word in said if word in names}, "numeric" in said))


def _text(chosen: set[str], has_numbers: bool) -> str:
    """The script of some options; what it cannot promise is said on standard error. Raises BadInput."""
    from obia.plugins.deid_ctp.profile.generator import BLANKED, NUMBERS, script_text
    from obia.plugins.deid_ctp.profile.options import FULL_DATES, MODIFIED_DATES, PIXELS, Options

    if {FULL_DATES, MODIFIED_DATES} <= chosen:
        raise BadInput("dates stay as they are or are modified: choose one of the two options")
    options = Options(frozenset(chosen), has_numbers)
    for note in ((NUMBERS,) if has_numbers else ()) + ((BLANKED,) if PIXELS in options else ()):
        click.echo(f"note: {note}", err=True)
    return script_text(options)


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
