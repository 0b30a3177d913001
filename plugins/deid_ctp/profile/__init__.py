"""The tables of PS3.15, and the scripts that are generated from them."""
