"""DICOM as bytes: elements, reader, writer, character sets, private VRs, UIDs."""
