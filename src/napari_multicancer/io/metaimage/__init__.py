"""MetaImage: volumes with their header before them (.mha) or beside them (.mhd), and masks."""
