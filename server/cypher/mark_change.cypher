// []: marks a change of the audit log as committed with this transaction; fails where it was found void.
CREATE (:Change {id: $id, log: $log, isVoid: false, at: $now})
