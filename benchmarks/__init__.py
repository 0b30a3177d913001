"""Measurements: what the archive costs, beside what copying files and pydicom cost in the same run."""
