"""Issuers of Patient IDs: a Patient ID is one patient of a collection, whether or not a file names who issued it.

The first issuer that a collection learns of a Patient ID is its issuer; a patient with the same ID of another issuer
is another patient.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from obia.schema.values import Original, Patient
from obia.server.keys import Keys


def chosen_issuers(originals: Iterable[Original], known: Mapping[str, str], keys: Keys) -> dict[str, bool]:
    """For each patient with an issuer, by its digest, whether the issuer is the one of its Patient ID.

    `known` are the issuers' digests that the collection has, by the digest of the patient without an issuer. Where it
    has none, the first in sorting order is chosen, so that the order of files does not matter.
    """
    named: dict[str, set[str]] = defaultdict(set)
    for patient in {each.patient for each in originals if each.patient.issuer.strip()}:
        named[keys.patient(Patient(patient.id))].add(keys.patient(patient))
    chosen = {plain: known.get(plain) or min(digests) for plain, digests in named.items()}
    return {digest: digest == chosen[plain] for plain, digests in named.items() for digest in digests}


def patients_with_issuer(originals: Iterable[Original], keys: Keys) -> set[str]:
    """The digests, without the issuer, of the patients for which a file names one."""
    return {keys.patient(Patient(each.patient.id)) for each in originals if each.patient.issuer.strip()}
