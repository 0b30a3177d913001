"""De-identification by scripts in the language of RSNA's MIRC CTP, and by a rule for private elements."""
