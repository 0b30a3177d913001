// []: the submission has begun.
MATCH (s:Submission {id: $id}) WHERE s.state = 'PLANNED' SET s.state = 'RUNNING'
