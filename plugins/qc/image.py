"""The image check: compressed pixels that look right and cannot be decoded."""

from collections.abc import Iterable

from obia import Clean, Code, Finding, Level, Rejected


class ImageCheck:
    """Decodes compressed pixels; the intake keeps the frames, so that encoders need not decode them again."""

    name = "qc_image"

    def check_instance(self, clean: Clean) -> Iterable[Finding]:
        """Say whether they can be decoded; a transfer syntax that we cannot read is no fault of the image."""
        if clean.pixels is None or clean.decode is None or not clean.pixels.is_encapsulated:
            return
        try:
            clean.decode()
        except Rejected as refusal:
            is_ours = refusal.code in (Code.UNSUPPORTED, Code.TOO_LARGE)
            yield Finding(refusal.code, Level.WARNING if is_ours else Level.FAILURE, check=self.name)
