// [uid]: which of these UIDs are of released studies, series, images, annotations and frames of reference of this archive.
UNWIND $uids AS uid
WITH uid WHERE EXISTS { MATCH (:Study {uid: uid, state: 'RELEASED'}) }
  OR EXISTS { MATCH (:Series {uid: uid, state: 'RELEASED'}) }
  OR EXISTS { MATCH (:Image {uid: uid, state: 'RELEASED'}) }
  OR EXISTS { MATCH (:Annotation {uid: uid, state: 'RELEASED'}) }
  OR EXISTS { MATCH (:Series {frameOfReference: uid, state: 'RELEASED'}) }
RETURN uid
