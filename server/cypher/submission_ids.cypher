// [id]: every submission.
MATCH (s:Submission) RETURN s.id
