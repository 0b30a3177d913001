"""The qc plugin: what it registers."""

from collections.abc import Iterable

from obia import Archive, Check, hookimpl


@hookimpl
def register_checks(archive: Archive) -> Iterable[Check]:
    """The checks of originals, of clean images, of series and of submissions."""
    from obia.plugins.qc.header import HeaderCheck
    from obia.plugins.qc.image import ImageCheck
    from obia.plugins.qc.pixels import PixelCheck
    from obia.plugins.qc.series import SeriesNumbersCheck
    from obia.plugins.qc.submission import OutcomeCheck

    return [HeaderCheck(), PixelCheck(), ImageCheck(), SeriesNumbersCheck(), OutcomeCheck()]
