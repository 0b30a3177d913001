// [intake id]: quarantined files whose original the vault holds.
MATCH (q:Quarantined) WHERE q.isHeld RETURN q.intakeId
