"""A volume as a whole: sections across its planes, and its lesion as a surface."""
