// []: the submission is done.
MATCH (s:Submission {id: $id}) SET s.state = 'DONE', s.finishedAt = $now
