"""What one collection holds, by every name under which it may be asked for; taken from the graph, not from the API."""

from dataclasses import dataclass

from obia.schema.graphql.ids import encode
from tests.attack.archive import Archive


@dataclass(frozen=True, slots=True)
class Things:
    """The names of a collection's own things."""

    collection: str
    individual: str
    study: str
    series: str
    images: tuple[str, ...]
    digest: str
    size: int
    gsa_study: str
    gsa_individual: str
    run: str
    value: str

    @classmethod
    def of(cls, archive: Archive, collection: str, number: int) -> "Things":
        """The things of the collection that `access` filled under this number."""
        nodes: dict[str, list[dict[str, object]]] = {}
        for line in archive.dump():
            if "label" in line and line["properties"].get("collection") == collection:
                nodes.setdefault(line["label"], []).append(line["properties"])
        first = nodes["Image"][0]
        return cls(
            collection,
            str(nodes["Individual"][0]["accession"]),
            str(nodes["Study"][0]["accession"]),
            str(nodes["Series"][0]["uid"]),
            tuple(str(each["uid"]) for each in nodes["Image"]),
            str(first["digest"]),
            int(str(first["size"])),
            f"HRA00000{number}",
            f"HRI00000{number}",
            f"HRR00000{number}",
            f"secret{number}",
        )

    @property
    def lookups(self) -> dict[str, str]:
        """Every root field that names one of them, by a name for the probe."""
        return {
            "collection": f'collection(accession: "{self.collection}") {{ id }}',
            "individual": f'individual(accession: "{self.individual}") {{ id }}',
            "study": f'study(accession: "{self.study}") {{ id }}',
            "series": f'seriesByUid(uid: "{self.series}") {{ id }}',
            "image": f'imageByUid(uid: "{self.images[0]}") {{ id }}',
            "GSA study": f'gsaStudy(accession: "{self.gsa_study}") {{ id }}',
            "GSA individual": f'gsaIndividual(accession: "{self.gsa_individual}") {{ id }}',
            "run": f'run(accession: "{self.run}") {{ id }}',
            "node of the image": f'node(id: "{encode("Image", self.images[0])}") {{ id }}',
            "node of the collection": f'node(id: "{encode("Collection", self.collection)}") {{ id }}',
        }
