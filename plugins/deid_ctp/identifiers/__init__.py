"""What identifies a patient, in every written form: how it is found and cut out."""
