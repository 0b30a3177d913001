"""Linkers to the archives of genomes: BioProject and GSA-Human."""
