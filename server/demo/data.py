"""What the demo loads: the data folders of three packages that carry real DICOM under open licences."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from obia.schema.errors import NotFound


@dataclass(frozen=True, slots=True)
class Source:
    """One package's data folder, and the collection it becomes."""

    module: str
    title: str
    licence: str

    @property
    def folder(self) -> Path:
        """The folder. Raises NotFound where the package is not installed."""
        found = find_spec(self.module)
        if found is None or not found.submodule_search_locations:
            raise NotFound(f"the demo's package {self.module} is not installed; pip install 'obia[demo]'")
        return Path(next(iter(found.submodule_search_locations))) / "data"


SOURCES = (
    Source("pydicom", "Test files of pydicom", "MIT"),
    Source("data_store", "Test files of pydicom-data", "MIT"),
    Source("deid_data", "Sample images of deid-data", "MIT"),
)
BIOPROJECT = "PRJCA000000"  # plainly an example
