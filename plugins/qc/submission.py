"""The submission check: when most of what was sent is refused, the sender wants to know."""

from collections.abc import Iterable

from obia import Code, Finding, Level, SubmissionSummary

_SOUND = ("ACCEPTED", "DUPLICATE")
_HIGH = 0.5  # of the files of a submission


class OutcomeCheck:
    """Finds submissions most of whose files were refused."""

    name = "qc_submission"

    def check_submission(self, submission: SubmissionSummary) -> Iterable[Finding]:
        """Warn where at least half of the files are in quarantine."""
        total = sum(submission.outcomes.values())
        refused = sum(count for code, count in submission.outcomes.items() if code not in _SOUND)
        if refused and refused >= _HIGH * total:
            yield Finding(Code.REFUSED, Level.WARNING, submission.id, self.name)
