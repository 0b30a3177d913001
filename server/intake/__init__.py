"""The intake: from a folder of anyone's files to accepted, duplicate or quarantined."""
