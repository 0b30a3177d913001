// []: the vault holds these originals.
UNWIND $ids AS id MATCH (q:Quarantined {intakeId: id}) SET q.isHeld = true
