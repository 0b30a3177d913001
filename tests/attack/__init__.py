"""`make attack`: bounded attacks over loopback on an archive made for them, and one table of what they found."""
