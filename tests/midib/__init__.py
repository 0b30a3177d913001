"""A self-test after MIDI-B: synthetic identities planted in real headers, and a score for what is left of them.

The planter and the scorer know DICOM by pydicom alone: nothing here but `contenders` knows a de-identifier.
"""
