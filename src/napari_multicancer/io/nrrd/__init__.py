"""NRRD: volumes with their header before them (.nrrd) or beside them (.nhdr), and masks on them."""
