"""The series check: two images of one number are two acquisitions in one series, or one image sent twice."""

from collections import Counter
from collections.abc import Iterable

from obia import Code, Finding, Level, SeriesSummary


class SeriesNumbersCheck:
    """Finds series in which images share an instance number."""

    name = "qc_series"

    def check_series(self, series: SeriesSummary) -> Iterable[Finding]:
        """Warn once for a series."""
        numbers = Counter(instance.get("number") for instance in series.instances)
        if any(count > 1 for number, count in numbers.items() if number is not None):
            yield Finding(Code.DUPLICATE, Level.WARNING, series.uid, self.name)
