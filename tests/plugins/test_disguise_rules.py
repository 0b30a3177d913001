"""Our own de-identifier holds to the rules about identity in disguise, and one that keeps everything breaks them."""

import pytest

from obia import Clean, Deidentifier, Original, Pseudonyms
from obia.plugins.deid_ctp.residual.check import IdentityWitness
from obia.schema.conformance.disguises import disguises
from obia.testing import DisguiseRules
from tests.plugins.deid_ctp.originals import deidentifier


class Keeper:
    name = "keeper"

    def deidentify(self, original: Original, pseudonyms: Pseudonyms) -> Clean:
        return Clean(original.intake_id, original.kind, original.meta, original.header, None)


class TestDeidCtp(DisguiseRules):
    def deidentifier(self) -> Deidentifier:
        return deidentifier()


def test_a_deidentifier_that_keeps_them_breaks_the_rules() -> None:
    class Rules(DisguiseRules):
        def deidentifier(self) -> Deidentifier:
            return Keeper()

    with pytest.raises(AssertionError) as broken:
        Rules().test_no_planted_identity_survives_in_disguise()

    assert all(keyword in str(broken.value) for keyword, _ in disguises())


def test_the_witness_is_quiet_about_what_ours_made_of_them() -> None:
    from obia.schema.conformance.instances import PlainPseudonyms

    for keyword, original in disguises():
        clean = deidentifier().deidentify(original, PlainPseudonyms())
        assert not list(IdentityWitness().check_witness(original, clean)), keyword
