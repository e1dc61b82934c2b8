"""MINC volumes, version 1 (netCDF) and 2 (HDF5)."""
