"""The demo: real DICOM in, GraphQL answers out, by the commands a user types."""
