"""Many files: the work list, the results table, resume; local or on a Dask cluster."""
