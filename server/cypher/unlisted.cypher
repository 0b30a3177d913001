// [intake id]: of these, what is not quarantined.
UNWIND $ids AS id
WITH id WHERE NOT EXISTS { (:Quarantined {intakeId: id}) }
RETURN id
