"""Writing a batch: one transaction, a constant number of statements whatever the batch's size."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from obia.schema.accessions import own_accession
from obia.schema.errors import Code, ObiaError
from obia.server.clock import now
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.intake.belonging import Belonging, Evidence, disputed
from obia.server.intake.crash import reach
from obia.server.intake.findings import finding_rows
from obia.server.intake.item import Held, Item
from obia.server.intake.verdicts import Manner, Verdicts, judge
from obia.server.keys import Keys

Row = dict[str, Any]


class StaleKnowledge(ObiaError):
    """Control flow: an item was skipped as already held, and what held it is gone; the batch is read again."""

    code = Code.LEASE_LOST


class LeaseLost(ObiaError):
    """Control flow: another worker took the batch over; what this one stored for it is swept."""

    code = Code.LEASE_LOST


@dataclass(frozen=True, slots=True)
class Written:
    """What a transaction did that the vault must follow."""

    resolved: list[str]
    """Intake ids of quarantined files whose equals were accepted: their originals are not needed any more."""
    replaced: int
    """How many images and annotations of equal originals were replaced."""


class BatchWriter:
    """The writing transaction of one batch of one collection, held under a fencing token."""

    def __init__(
        self, keys: Keys, collection: str, batch: str, fence: int, items: Sequence[Item], manner: Manner
    ) -> None:
        self._keys = keys
        self._collection = collection
        self.batch = batch
        self._fence = fence
        self._items = items
        self._manner = manner
        self._may_replace = False

    async def replacing(self, tx: Transaction) -> Written:
        """Judge and write as a call does, in an audited change: images of equal originals may be replaced."""
        self._may_replace = True
        return await self(tx)

    async def __call__(self, tx: Transaction) -> Written:
        """Judge and write. Raises ObiaError LEASE_LOST when another holds the batch, and then nothing is written."""
        if not await tx.run(cypher("lock_batch"), {"id": self.batch, "fence": self._fence}):
            raise LeaseLost("another worker took this batch over")
        await self._require_quarantined(tx)
        await self._require_issuers(tx)
        studies, series = await self._disputed(tx)
        belonging = Belonging(await self._evidence(tx, studies, series))
        held = await self._held(tx, studies, series)
        verdicts = judge(self._items, held, belonging, await self._known_files(tx), self._manner)
        if any(not item.row for item in verdicts.accepted):
            raise StaleKnowledge("what was held is gone; reading again")
        if verdicts.replaced and not self._may_replace:
            raise StaleKnowledge("an equal original came meanwhile; reading again")
        touched = await self._displace(tx, verdicts)
        await self._write_accepted(tx, verdicts.accepted)
        resolved = await self._resolve(tx, verdicts.accepted)
        await tx.run(cypher("write_quarantined"), {"rows": self._quarantined(verdicts)})
        failed = [item for item, _ in verdicts.quarantined if item.code is not None]
        findings = [each for item in (*verdicts.accepted, *failed) for each in item.findings]
        await tx.run(cypher("write_findings"), {"rows": finding_rows(findings), "now": now()})
        await self._recount(tx, verdicts)
        written = {
            "touched": touched,
            "inQuarantine": len(verdicts.in_quarantine),
            "replaced": len(verdicts.replaced),
        }
        await tx.run(cypher("batch_written"), {"id": self.batch, **written})
        reach("transaction-open")
        return Written(resolved, len(verdicts.replaced))

    @property
    def _sound(self) -> list[Item]:
        return [item for item in self._items if item.code is None]

    async def _require_quarantined(self, tx: Transaction) -> None:
        """Raise StaleKnowledge where a file that came from the vault was discarded or accepted meanwhile."""
        if not self._manner.is_from_vault:
            return
        ids = {item.intake_id for item in self._items}
        if len(await tx.run(cypher("lock_quarantined"), {"ids": sorted(ids)})) != len(ids):
            raise StaleKnowledge("a file left the quarantine; reading again")

    async def _require_issuers(self, tx: Transaction) -> None:
        """Raise StaleKnowledge where another batch meanwhile made another issuer the one of a Patient ID."""
        wanted = {self._individual(item)["key"]: item.issuer for item in self._sound if item.issuer}
        for key, issuer in await tx.run(cypher("issuers"), {"keys": sorted(wanted)}):
            if issuer != wanted[key]:
                raise StaleKnowledge("the issuer of a Patient ID became known; reading again")

    async def _disputed(self, tx: Transaction) -> tuple[list[str], list[str]]:
        """The studies and series of this batch about whose patient or place the collection's files disagree."""
        places = {(item.study, item.series, item.patient) for item in self._sound}
        parameters = {
            "collection": self._collection,
            "studies": sorted({study for study, _, _ in places}),
            "series": sorted({series for _, series, _ in places}),
        }
        rows = await tx.run(cypher("places"), parameters)
        studies, series = disputed([*places, *((row[0], row[1], row[2]) for row in rows)])
        return sorted(studies), sorted(series)

    async def _evidence(self, tx: Transaction, studies: list[str], series: list[str]) -> list[Evidence]:
        """What every instance of the disputed studies and series says; nothing where nothing is disputed."""
        if not (studies or series):
            return []
        parameters = {"collection": self._collection, "studies": studies, "series": series}
        rows = await tx.run(cypher("evidence"), parameters)
        own = (
            Evidence(each.study, each.series, each.patient, each.uid, self._manner.is_decided)
            for each in self._sound
            if each.study in studies or each.series in series
        )
        return [*(Evidence(*row) for row in rows), *own]

    async def _held(self, tx: Transaction, studies: list[str], series: list[str]) -> list[Held]:
        parameters = {
            "collection": self._collection,
            "uids": sorted({item.uid for item in self._sound}),
            "studies": studies,
            "series": series,
        }
        return [held_of(row) for row in await tx.run(cypher("held"), parameters)]

    async def _known_files(self, tx: Transaction) -> set[str]:
        files = sorted({item.file for item in self._items if item.code is not None})
        parameters = {"collection": self._collection, "files": files, "own": [item.intake_id for item in self._items]}
        return {row[0] for row in await tx.run(cypher("quarantined_files"), parameters)}

    async def _displace(self, tx: Transaction, verdicts: Verdicts) -> list[str]:
        """Take out what is displaced or replaced; return the batches it came with."""
        rows = [_displaced(each, code) for each, code in verdicts.displaced]
        rows += [_displaced(each, None) for each in verdicts.replaced]
        batches = await tx.run(cypher("displace"), {"rows": rows, "now": now()})
        return sorted(row[0] for row in batches)

    async def _resolve(self, tx: Transaction, accepted: Sequence[Item]) -> list[str]:
        """Take out of the quarantine what equals an accepted instance; return the intake ids."""
        rows = [{"original": each.original, "pixels": each.pixels, "intakeId": each.intake_id} for each in accepted]
        return [row[0] for row in await tx.run(cypher("resolve"), {"collection": self._collection, "rows": rows})]

    async def _write_accepted(self, tx: Transaction, accepted: Sequence[Item]) -> None:
        individuals = _merged(accepted, "individual", self._individual)
        studies = _merged(accepted, "study", self._study)
        series = _merged(accepted, "series", _series)
        await self._number(tx, individuals, studies)
        await tx.run(cypher("merge_individuals"), {"rows": list(individuals.values())})
        await tx.run(cypher("merge_studies"), {"rows": list(studies.values())})
        await tx.run(cypher("merge_series"), {"rows": list(series.values())})
        await tx.run(cypher("write_images"), {"rows": self._things(accepted, "image")})
        await tx.run(cypher("write_annotations"), {"rows": self._things(accepted, "annotation")})

    async def _number(self, tx: Transaction, individuals: Mapping[str, Row], studies: Mapping[str, Row]) -> None:
        """Give accessions to what is new, from the counters."""
        [[new_individuals, new_studies]] = await tx.run(
            cypher("new_keys"), {"individuals": list(individuals), "studies": list(studies)}
        )
        counts = {"individuals": len(new_individuals), "studies": len(new_studies)}
        [[last_individual, last_study]] = await tx.run(cypher("next_accessions"), counts)
        for number, key in enumerate(new_individuals, last_individual + 1):
            individuals[key]["accession"] = own_accession("Individual", number)
        for number, key in enumerate(new_studies, last_study + 1):
            studies[key]["accession"] = own_accession("Study", number)

    def _individual(self, item: Item) -> Row:
        pseudonym = self._keys.pseudonym(item.collection, item.patient)
        return {
            "key": f"{item.collection}/{pseudonym}",
            "collection": item.collection,
            "patient": item.patient,
            "keyId": self._keys.key_id,
            "issuer": item.issuer or None,
            "accession": None,
            "pseudonym": pseudonym,
        }

    def _study(self, item: Item) -> Row:
        return {
            "key": f"{item.collection}/{item.study}",
            "individual": f"{item.collection}/{self._keys.pseudonym(item.collection, item.patient)}",
            "collection": item.collection,
            "patient": item.patient,
            "accession": None,
        }

    def _things(self, accepted: Sequence[Item], name: str) -> list[Row]:
        return [
            {
                "uid": item.uid,
                "series": f"{item.collection}/{item.series}",
                "properties": {
                    **item.row[name],
                    "collection": item.collection,
                    "intakeId": item.intake_id,
                    "batch": self.batch,
                    "keyId": self._keys.key_id,
                    "original": item.original,
                    "originalPixels": item.pixels,
                    "recipe": item.recipe,
                    "isDecided": self._manner.is_decided or None,
                },
            }
            for item in accepted
            if name in item.row
        ]

    def _quarantined(self, verdicts: Verdicts) -> list[Row]:
        return [
            {
                "intakeId": item.intake_id,
                "collection": item.collection,
                "code": code,
                "batch": self.batch,
                "keyId": self._keys.key_id,
                "file": item.file or None,
                "uid": item.uid or None,
                "study": item.study or None,
                "series": item.series or None,
                "patient": item.patient or None,
                "original": item.original or None,
                "originalPixels": item.pixels or None,
                "isHeld": item.code is not None,  # the vault took it before this transaction
                "at": now(),
            }
            for item, code in verdicts.quarantined
        ]

    async def _recount(self, tx: Transaction, verdicts: Verdicts) -> None:
        displaced = (each for each, _ in verdicts.displaced)
        touched: list[Item | Held] = [*verdicts.accepted, *displaced, *verdicts.replaced]
        collection = self._collection
        keys = {f"{collection}/{self._keys.pseudonym(collection, each.patient)}" for each in touched}
        await tx.run(cypher("recount_series"), {"keys": sorted({f"{collection}/{each.series}" for each in touched})})
        await tx.run(cypher("recount_studies"), {"keys": sorted({f"{collection}/{each.study}" for each in touched})})
        await tx.run(cypher("recount_individuals"), {"keys": sorted(keys)})


def held_of(row: Sequence[Any]) -> Held:
    """What the graph holds, from a row of `held`."""
    intake_id, uid, study, series, patient, original, pixels, recipe, is_quarantined, is_final = row
    texts = (intake_id, uid, study, series, patient, original or "", pixels or "", recipe or "")
    return Held(*texts, is_quarantined=is_quarantined, is_final=is_final)


def _series(item: Item) -> Row:
    return {
        "key": f"{item.collection}/{item.series}",
        "study": f"{item.collection}/{item.study}",
        "collection": item.collection,
    }


def _merged(accepted: Iterable[Item], name: str, identify: Any) -> dict[str, Row]:
    """One row a key, sorted by key; where files disagree the first value in sorting order stays."""
    merged: dict[str, Row] = {}
    for item in accepted:
        row = identify(item)
        kept = merged.setdefault(row["key"], {**item.row[name], **row})
        for field, value in item.row[name].items():
            if field not in row and value is not None and (kept[field] is None or value < kept[field]):
                kept[field] = value
    return dict(sorted(merged.items()))


def _displaced(held: Held, code: Code | None) -> Row:
    return {"uid": held.uid, "code": code, "study": held.study, "series": held.series, "patient": held.patient}
