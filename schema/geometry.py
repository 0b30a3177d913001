"""Geometry: the attributes that say where an image's pixels lie in the patient."""

GEOMETRY = {
    "SliceThickness": 0x00180050,
    "SpacingBetweenSlices": 0x00180088,
    "ImagerPixelSpacing": 0x00181164,
    "NominalScannedPixelSpacing": 0x00182010,
    "SequenceOfUltrasoundRegions": 0x00186011,
    "ImagePositionPatient": 0x00200032,
    "ImageOrientationPatient": 0x00200037,
    "FrameOfReferenceUID": 0x00200052,
    "PixelSpacing": 0x00280030,
    "SharedFunctionalGroupsSequence": 0x52009229,
    "PerFrameFunctionalGroupsSequence": 0x52009230,
}
"""Tags by keyword: what a de-identifier removes of these it lists in `Clean.removed`."""
