"""The image check: compressed pixels that look right and cannot be decoded."""

from collections.abc import Iterable

from obia import Clean, Code, Finding, Level, Rejected


class ImageCheck:
    """Decodes compressed pixels, one frame at a time: a worker's memory stays flat whatever their number."""

    name = "qc_image"

    def check_instance(self, clean: Clean) -> Iterable[Finding]:
        """Say whether they can be decoded; a transfer syntax that we cannot read is no fault of the image."""
        if clean.pixels is None or clean.frames is None or not clean.pixels.is_encapsulated:
            return
        try:
            for _ in clean.frames():
                pass
        except Rejected as refusal:
            is_ours = refusal.code in (Code.UNSUPPORTED, Code.TOO_LARGE)
            yield Finding(refusal.code, Level.WARNING if is_ours else Level.FAILURE, check=self.name)
