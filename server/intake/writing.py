"""Writing a batch: one transaction, a constant number of statements whatever the batch's size."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from obia.schema.accessions import own_accession
from obia.schema.errors import Code, ObiaError
from obia.server.clock import now
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.intake.crash import reach
from obia.server.intake.findings import finding_rows
from obia.server.intake.item import Held, Item
from obia.server.intake.verdicts import Verdicts, judge, mixed_studies
from obia.server.keys import Keys

Row = dict[str, Any]


class StaleKnowledge(ObiaError):
    """Control flow: an item was skipped as already held, and what held it is gone; the batch is read again."""

    code = Code.LEASE_LOST


class LeaseLost(ObiaError):
    """Control flow: another worker took the batch over; what this one stored for it is swept."""

    code = Code.LEASE_LOST


class BatchWriter:
    """The writing transaction of one batch, held under a fencing token."""

    def __init__(self, keys: Keys, batch: str, fence: int, items: Sequence[Item]) -> None:
        self._keys = keys
        self._batch = batch
        self._fence = fence
        self._items = items

    async def __call__(self, tx: Transaction) -> Verdicts:
        """Judge and write. Raises ObiaError LEASE_LOST when another holds the batch, and then nothing is written."""
        if not await tx.run(cypher("lock_batch"), {"id": self._batch, "fence": self._fence}):
            raise LeaseLost("another worker took this batch over")
        mixed = mixed_studies(await self._evidence(tx))
        verdicts = judge(self._items, await self._held(tx, mixed), mixed, await self._known_files(tx))
        if any(not item.row for item in verdicts.accepted):
            raise StaleKnowledge("what was held is gone; reading again")
        touched = await self._displace(tx, verdicts, mixed)
        await self._write_accepted(tx, verdicts.accepted)
        await tx.run(cypher("write_quarantined"), {"rows": self._quarantined(verdicts)})
        failed = [item for item, _ in verdicts.quarantined if item.code is not None]
        findings = [each for item in (*verdicts.accepted, *failed) for each in item.findings]
        await tx.run(cypher("write_findings"), {"rows": finding_rows(findings), "now": now()})
        await self._recount(tx, verdicts)
        await tx.run(cypher("batch_written"), {"id": self._batch, "touched": touched, **_passed_over(verdicts)})
        reach("transaction-open")
        return verdicts

    async def _evidence(self, tx: Transaction) -> Iterable[tuple[str, str, str]]:
        sound = [item for item in self._items if item.code is None]
        parameters = {
            "studies": sorted({item.study for item in sound}),
            "series": sorted({item.series for item in sound}),
        }
        rows = await tx.run(cypher("evidence"), parameters)
        return [
            *((row[0], row[1], row[2]) for row in rows),
            *((each.study, each.series, each.patient) for each in sound),
        ]

    async def _held(self, tx: Transaction, mixed: set[str]) -> list[Held]:
        uids = sorted({item.uid for item in self._items if item.code is None})
        rows = await tx.run(cypher("held"), {"uids": uids, "studies": sorted(mixed)})
        return [_held(row) for row in rows]

    async def _known_files(self, tx: Transaction) -> set[tuple[str, str]]:
        files = sorted({item.file for item in self._items if item.code is not None})
        return {(row[0], row[1]) for row in await tx.run(cypher("quarantined_files"), {"files": files})}

    async def _displace(self, tx: Transaction, verdicts: Verdicts, mixed: set[str]) -> list[str]:
        """Take out what is displaced or superseded; return the batches it came with."""
        rows = [_displaced(each, code) for each, code in verdicts.displaced]
        rows += [_displaced(each, None) for each in verdicts.superseded]
        batches = await tx.run(cypher("displace"), {"rows": rows, "now": now()})
        await tx.run(cypher("recode_mixed"), {"studies": sorted(mixed)})
        return sorted(row[0] for row in batches)

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
                    "batch": self._batch,
                    "keyId": self._keys.key_id,
                    "original": item.original,
                    "originalPixels": item.pixels,
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
                "batch": self._batch,
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
        touched: list[Item | Held] = [*verdicts.accepted, *displaced, *verdicts.superseded]
        series = sorted({f"{each.collection}/{each.series}" for each in touched})
        studies = sorted({f"{each.collection}/{each.study}" for each in touched})
        individuals = {(each.collection, each.patient) for each in touched}
        keys = sorted(
            f"{collection}/{self._keys.pseudonym(collection, patient)}" for collection, patient in individuals
        )
        await tx.run(cypher("recount_series"), {"keys": series})
        await tx.run(cypher("recount_studies"), {"keys": studies})
        await tx.run(cypher("recount_individuals"), {"keys": keys})
        robbed = {each.collection for each in touched} - {item.collection for item in self._items}
        await tx.run(cypher("recount_collection"), {"accessions": sorted(robbed)})


def _passed_over(verdicts: Verdicts) -> Row:
    """Where the equals of a batch's duplicates lay, for whoever offered them."""
    return {
        "inQuarantine": len(verdicts.in_quarantine),
        "inOthers": len(verdicts.in_others),
        "others": sorted({collection for _, collection in verdicts.in_others}),
    }


def _held(row: list[Any]) -> Held:
    intake_id, collection, uid, study, series, patient, original, pixels, is_quarantined, is_released = row
    texts = (intake_id, collection, uid, study, series, patient, original or "", pixels or "")
    return Held(*texts, is_quarantined=is_quarantined, is_released=is_released)


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
